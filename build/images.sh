#!/usr/bin/env bash
# Builds the images of the services and of `local` with the SDK: no Dockerfile, no Docker. Prints one line per image.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat >&2 <<'USAGE'
usage: build/images.sh (--archive DIR | --registry HOST | --docker) [--namespace NAME] [--tag TAG]... [--platforms RID,RID]
                       [--base IMAGE] [--source URL] [--revision SHA] [--dry-run] [IMAGE...]
  --archive DIR     write DIR/IMAGE.tar.gz and push nothing
  --registry HOST   push there, such as ghcr.io (log in first: docker login)
  --docker          load into the Docker or Podman of this machine
  --namespace NAME  in front of the image's name (mallbots)
  --tag TAG         instead of the version in Directory.Build.props; several make several tags
  --platforms RIDS  runtime identifiers (linux-x64,linux-arm64)
  --base IMAGE      another base image, such as a mirror's
  --source URL      label: where the sources are
  --revision SHA    label: the commit (git's HEAD)
  --dry-run         print the commands only
  IMAGE             stores, gateway, ..., local (all)
USAGE
  exit 2
}

target='' namespace=mallbots platforms=linux-x64,linux-arm64 base='' source='' revision='' dry_run=''
tags=() wanted=()
while [ $# -gt 0 ]; do
  case "$1" in
    --docker) target=docker; shift; continue ;;
    --dry-run) dry_run=yes; shift; continue ;;
    --archive | --registry | --namespace | --tag | --platforms | --base | --source | --revision)
      [ $# -ge 2 ] && [ -n "$2" ] || { echo "$1 needs a value." >&2; usage; } ;;
    -*) echo "Unknown option: $1" >&2; usage ;;
    *) wanted+=("$1"); shift; continue ;;
  esac
  case "$1" in
    --archive) target=archive where=$2 ;;
    --registry) target=registry where=$2 ;;
    --namespace) namespace=$2 ;;
    --tag) tags+=("$2") ;;
    --platforms) platforms=$2 ;;
    --base) base=$2 ;;
    --source) source=$2 ;;
    --revision) revision=$2 ;;
  esac
  shift 2
done
[ -n "$target" ] || { echo "Say where the images go: --archive, --registry or --docker." >&2; usage; }

# A project that names its image has one.
declare -A projects
for project in services/*/*.csproj local/*.csproj; do
  name=$(sed -nE 's|.*<ImageName>([^<]+)</ImageName>.*|\1|p' "$project")
  [ -z "$name" ] || projects[$name]=$project
done
if [ ${#wanted[@]} -eq 0 ]; then mapfile -t wanted < <(printf '%s\n' "${!projects[@]}" | sort); fi
for name in "${wanted[@]}"; do
  [ -n "${projects[$name]:-}" ] || { echo "There is no image $name; there are: $(printf '%s\n' "${!projects[@]}" | sort | paste -sd' ')." >&2; exit 2; }
done

[ ${#tags[@]} -gt 0 ] || tags=("$(sed -nE 's|.*<Version>([^<]+)</Version>.*|\1|p' Directory.Build.props)")
[ -n "$revision" ] || revision=$(git rev-parse HEAD 2>/dev/null || true)

# Of a folder for one platform each image has the native libraries of that platform alone (search: 46 MB of SQLite for all), and needs no host program: `dotnet` starts it.
common=(-c Release -t:PublishContainer -p:UseAppHost=false -v:quiet --nologo
  "-p:RuntimeIdentifiers=\"${platforms//,/;}\"" "-p:ContainerNamespace=$namespace" "-p:ContainerImageTags=\"$(IFS=';'; echo "${tags[*]}")\"" -p:ContainerImageTag=)
[ -z "$base" ] || common+=("-p:ContainerBaseImage=$base")
[ -z "$source" ] || common+=("-p:ContainerSource=$source")
[ -z "$revision" ] || common+=("-p:ContainerRevision=$revision")
[ "$target" != registry ] || common+=("-p:ContainerRegistry=$where")
[ "$target" != archive ] || where=$(realpath -m "$where")

for name in "${wanted[@]}"; do
  command=(dotnet publish "${projects[$name]}" "${common[@]}")
  [ "$target" != archive ] || command+=("-p:ContainerArchiveOutputPath=$where/$name.tar.gz")
  if [ -n "$dry_run" ]; then
    printf '%q ' "${command[@]}"
    echo
    continue
  fi
  "${command[@]}" >&2
  case "$target" in
    archive) echo "$where/$name.tar.gz" ;;
    registry) echo "$where/$namespace/$name:${tags[0]}" ;;
    docker) echo "$namespace/$name:${tags[0]}" ;;
  esac
done
