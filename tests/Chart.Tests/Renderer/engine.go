package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"text/template"

	"github.com/BurntSushi/toml"
	"github.com/Masterminds/semver"
	"github.com/Masterminds/sprig"
	"github.com/gobwas/glob"
	"sigs.k8s.io/yaml"
)

// The oldest Kubernetes that the chart is for.
const oldestKubernetes = "1.30.0"

// What every cluster of that version serves. Helm knows these without a cluster, too.
var builtInVersions = []string{
	"v1", "admissionregistration.k8s.io/v1", "apiextensions.k8s.io/v1", "apiregistration.k8s.io/v1", "apps/v1", "authentication.k8s.io/v1",
	"authorization.k8s.io/v1", "autoscaling/v1", "autoscaling/v2", "batch/v1", "certificates.k8s.io/v1", "coordination.k8s.io/v1", "discovery.k8s.io/v1",
	"events.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1", "networking.k8s.io/v1", "node.k8s.io/v1", "policy/v1", "rbac.authorization.k8s.io/v1",
	"scheduling.k8s.io/v1", "storage.k8s.io/v1",
}

// Capabilities are what templates learn about the cluster.
type Capabilities struct {
	KubeVersion KubeVersion
	APIVersions VersionSet
	HelmVersion HelmVersion
}

// KubeVersion is the version of the API server.
type KubeVersion struct {
	Version, Major, Minor string
}

// String is what the version prints as.
func (v *KubeVersion) String() string { return v.Version }

// GitVersion is the older name of Version.
func (v *KubeVersion) GitVersion() string { return v.Version }

// HelmVersion is the version of Helm, of which tests should not ask more.
type HelmVersion struct {
	Version, GitCommit, GitTreeState, GoVersion string
}

// VersionSet are the API versions that the cluster has.
type VersionSet []string

// Has says whether the cluster has the version, or the kind of a version (`apps/v1/Deployment`).
func (set VersionSet) Has(version string) bool {
	for _, each := range set {
		if each == version {
			return true
		}
	}
	return false
}

// Files are those of the chart that are not templates, in .Files.
type Files map[string][]byte

// GetBytes is a file's content, empty when there is no such file.
func (files Files) GetBytes(name string) []byte {
	if content, ok := files[name]; ok {
		return content
	}
	return []byte{}
}

// Get is a file's content as text.
func (files Files) Get(name string) string { return string(files.GetBytes(name)) }

// Glob are the files whose path matches; a pattern that is none matches all.
func (files Files) Glob(pattern string) Files {
	matching, err := glob.Compile(pattern, '/')
	if err != nil {
		matching = glob.MustCompile("**")
	}
	found := Files{}
	for name, content := range files {
		if matching.Match(name) {
			found[name] = content
		}
	}
	return found
}

// AsConfig is the `data` of a ConfigMap: a key for each file's name.
func (files Files) AsConfig() string {
	return files.asData(func(content []byte) string { return string(content) })
}

// AsSecrets is the `data` of a Secret: in Base64.
func (files Files) AsSecrets() string { return files.asData(base64.StdEncoding.EncodeToString) }

func (files Files) asData(encode func([]byte) string) string {
	if files == nil {
		return ""
	}
	data := map[string]string{}
	for name, content := range files {
		data[path.Base(name)] = encode(content)
	}
	return toYaml(data)
}

// Lines are a file's lines, without the end of the last one.
func (files Files) Lines(name string) []string {
	content := files.Get(name)
	if content == "" {
		return []string{}
	}
	return strings.Split(strings.TrimSuffix(content, "\n"), "\n")
}

func toYaml(value interface{}) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

func toJSON(value interface{}) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

func toToml(value interface{}) string {
	text := &bytes.Buffer{}
	if err := toml.NewEncoder(text).Encode(value); err != nil {
		return err.Error()
	}
	return text.String()
}

// readMap and readList tell an error in what they return, as Helm's functions do.
func readMap(unmarshal func([]byte, interface{}) error) func(string) object {
	return func(text string) object {
		read := object{}
		if err := unmarshal([]byte(text), &read); err != nil {
			read["Error"] = err.Error()
		}
		return read
	}
}

func readList(unmarshal func([]byte, interface{}) error) func(string) []interface{} {
	return func(text string) []interface{} {
		read := []interface{}{}
		if err := unmarshal([]byte(text), &read); err != nil {
			return []interface{}{err.Error()}
		}
		return read
	}
}

func fromYamlBytes(text []byte, into interface{}) error { return yaml.Unmarshal(text, into) }

// functions are those of Helm 3.14: later versions have more (fromToml, mustToYaml, toYamlPretty, ...), which the chart may not use.
func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	delete(all, "env")
	delete(all, "expandenv")
	all["toYaml"], all["fromYaml"], all["fromYamlArray"] = toYaml, readMap(fromYamlBytes), readList(fromYamlBytes)
	all["toJson"], all["fromJson"], all["fromJsonArray"] = toJSON, readMap(json.Unmarshal), readList(json.Unmarshal)
	all["toToml"] = toToml
	all["getHostByName"] = func(string) string { return "" }
	all["required"] = required
	all["fail"] = func(message string) (string, error) { return "", refusal(message) }
	// These depend on what is rendered (render); here they are for the parser.
	all["include"] = func(string, interface{}) string { return "" }
	all["tpl"] = func(string, interface{}) string { return "" }
	all["lookup"] = func(string, string, string, string) object { return object{} }
	return all
}

// A refusal is what a template says by fail or required: it is told without the stack of templates.
type refusal string

func (r refusal) Error() string { return refusalStart + string(r) + refusalEnd }

const refusalStart, refusalEnd = "REFUSED<<", ">>REFUSED"

var refused = regexp.MustCompile(`(?s)` + refusalStart + `(.*)` + refusalEnd)

func required(message string, value interface{}) (interface{}, error) {
	if value == nil || value == "" {
		return value, refusal(message)
	}
	return value, nil
}

// noValue is what text/template prints for a missing key, and Helm takes away.
func noValue(text string) string { return strings.ReplaceAll(text, "<no value>", "") }

const deepest = 1000

func include(in *template.Template, depths map[string]int) func(string, interface{}) (string, error) {
	return func(name string, data interface{}) (string, error) {
		if depths[name] > deepest {
			return "", fmt.Errorf("rendering template has a nested reference name: %s: unable to execute template", name)
		}
		depths[name]++
		defer func() { depths[name]-- }()
		var text strings.Builder
		err := in.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
}

// tpl renders a text with a copy of the templates: what it defines is seen by what it includes, and by nothing outside.
func tpl(parent *template.Template, depths map[string]int) func(string, interface{}) (string, error) {
	return func(text string, data interface{}) (string, error) {
		copied, err := parent.Clone()
		if err != nil {
			return "", fmt.Errorf("cannot clone template: %w", err)
		}
		copied.Option("missingkey=zero").Funcs(template.FuncMap{"include": include(copied, depths), "tpl": tpl(copied, depths)})
		parsed, err := copied.New(parent.Name()).Parse(text)
		if err != nil {
			return "", fmt.Errorf("cannot parse template %q: %w", text, err)
		}
		var rendered strings.Builder
		if err := parsed.Execute(&rendered, data); err != nil {
			return "", fmt.Errorf("error during tpl function execution for %q: %w", text, err)
		}
		return noValue(rendered.String()), nil
	}
}

// capabilities of the cluster of the case; the chart may say which versions of Kubernetes it is for.
func capabilities(chart *Chart, given Case) (*Capabilities, error) {
	asked := given.KubeVersion
	if asked == "" {
		asked = oldestKubernetes
	}
	version, err := semver.NewVersion(asked)
	if err != nil {
		return nil, fmt.Errorf("invalid kube version %q: %w", asked, err)
	}
	if wanted := chart.Metadata.KubeVersion; wanted != "" {
		constraint, err := semver.NewConstraint(wanted)
		if err != nil || !constraint.Check(version) {
			return nil, fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes v%s", wanted, version)
		}
	}
	return &Capabilities{
		KubeVersion: KubeVersion{"v" + version.String(), strconv.FormatUint(version.Major(), 10), strconv.FormatUint(version.Minor(), 10)},
		APIVersions: append(append(VersionSet{}, builtInVersions...), given.APIVersions...),
		HelmVersion: HelmVersion{Version: "v3.14.0"},
	}, nil
}

func render(chart *Chart, given Case) (result Result) {
	defer func() {
		if fault := recover(); fault != nil {
			result = Result{Error: fmt.Sprintf("rendering template failed: %v", fault)}
		}
	}()
	result, err := tryRender(chart, given)
	if err != nil {
		// The merged values are told all the same: a schema is asked about them first.
		return Result{Values: result.Values, Error: err.Error()}
	}
	return result
}

func tryRender(chart *Chart, given Case) (Result, error) {
	values, err := mergedValues(chart, given)
	if err != nil {
		return Result{}, err
	}
	// Templates may change the values; these are the ones they begin with.
	var begun object
	if err := json.Unmarshal([]byte(toJSON(values)), &begun); err != nil {
		return Result{}, err
	}
	result := Result{Values: begun, Templates: map[string]string{}}
	cluster, err := capabilities(chart, given)
	if err != nil {
		return result, err
	}
	lookup, err := lookupIn(given.Objects)
	if err != nil {
		return result, err
	}
	root := template.New("chart").Option("missingkey=zero").Funcs(functions())
	depths := map[string]int{}
	root.Funcs(template.FuncMap{"include": include(root, depths), "tpl": tpl(root, depths), "lookup": lookup})
	names := inOrder(chart.Templates)
	for _, name := range names {
		full := path.Join(chart.Metadata.Name, name)
		if _, err := root.New(full).Parse(chart.Templates[name]); err != nil {
			return result, parseError(full, err)
		}
	}
	data := object{
		"Chart": struct {
			Metadata
			IsRoot bool
		}{chart.Metadata, true},
		"Files":        chart.Files,
		"Release":      release(given),
		"Capabilities": cluster,
		"Values":       values,
		"Subcharts":    object{},
	}
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		full := path.Join(chart.Metadata.Name, name)
		data["Template"] = object{"Name": full, "BasePath": path.Join(chart.Metadata.Name, "templates")}
		var text strings.Builder
		if err := root.ExecuteTemplate(&text, full, data); err != nil {
			return result, executionError(err)
		}
		switch {
		case name == "templates/NOTES.txt":
			result.Notes = noValue(text.String())
		case strings.HasSuffix(name, "NOTES.txt"):
			// Of charts below, which there are not: Helm drops it.
		default:
			result.Templates[name] = noValue(text.String())
		}
	}
	return result, nil
}

func release(given Case) object {
	name, namespace, revision := given.Name, given.Namespace, given.Revision
	if name == "" {
		name = "release-name"
	}
	if namespace == "" {
		namespace = "default"
	}
	if revision == 0 {
		revision = 1
	}
	return object{
		"Name": name, "Namespace": namespace, "Revision": revision, "IsUpgrade": given.Upgrade, "IsInstall": !given.Upgrade, "Service": "Helm",
	}
}

// inOrder has the deepest template first and the rest from the end of the alphabet: where two define the same name, the last one holds.
func inOrder(templates map[string]string) []string {
	names := make([]string, 0, len(templates))
	for name := range templates {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		deep, other := strings.Count(names[i], "/"), strings.Count(names[j], "/")
		if deep != other {
			return deep > other
		}
		return names[i] > names[j]
	})
	return names
}

func parseError(file string, err error) error {
	parts := strings.Split(err.Error(), ": ")
	if len(parts) == 1 {
		return fmt.Errorf("parse error in (%s): %w", file, err)
	}
	return fmt.Errorf("parse error at (%s): %s", parts[1], parts[len(parts)-1])
}

func executionError(err error) error {
	var execution template.ExecError
	if !errors.As(err, &execution) {
		return err
	}
	parts := strings.SplitN(err.Error(), ": ", 3)
	if len(parts) == 3 {
		if said := refused.FindStringSubmatch(parts[2]); said != nil {
			return fmt.Errorf("execution error at (%s): %s", parts[1], said[1])
		}
	}
	return err
}
