package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/Masterminds/semver"
	"sigs.k8s.io/yaml"
)

// Metadata is Chart.yaml as templates see it in .Chart: a field that is not here is an error in a template.
type Metadata struct {
	Name         string            `json:"name"`
	Home         string            `json:"home"`
	Sources      []string          `json:"sources"`
	Version      string            `json:"version"`
	Description  string            `json:"description"`
	Keywords     []string          `json:"keywords"`
	Maintainers  []*Maintainer     `json:"maintainers"`
	Icon         string            `json:"icon"`
	APIVersion   string            `json:"apiVersion"`
	Condition    string            `json:"condition"`
	Tags         string            `json:"tags"`
	AppVersion   string            `json:"appVersion"`
	Deprecated   bool              `json:"deprecated"`
	Annotations  map[string]string `json:"annotations"`
	KubeVersion  string            `json:"kubeVersion"`
	Dependencies []interface{}     `json:"dependencies"`
	Type         string            `json:"type"`
}

// A Maintainer stands in Chart.yaml.
type Maintainer struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	URL   string `json:"url"`
}

// A Chart is a folder as Helm reads it.
type Chart struct {
	Metadata  Metadata
	Templates map[string]string
	Files     Files
	// defaults is the text of values.yaml, read anew for every case: templates may change the values that they are given.
	defaults []byte
}

var byteOrderMark = []byte{0xEF, 0xBB, 0xBF}

func loadChart(folder string) (*Chart, error) {
	ignored, err := readIgnored(filepath.Join(folder, ".helmignore"))
	if err != nil {
		return nil, err
	}
	chart := &Chart{Templates: map[string]string{}, Files: Files{}}
	hasMetadata := false
	err = filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, file)
		if err != nil || name == "." {
			return err
		}
		name = filepath.ToSlash(name)
		if ignored.matches(name, entry.IsDir()) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		content = bytes.TrimPrefix(content, byteOrderMark)
		switch {
		case name == "Chart.yaml":
			hasMetadata = true
			if err := yaml.Unmarshal(content, &chart.Metadata); err != nil {
				return fmt.Errorf("cannot load Chart.yaml: %w", err)
			}
		case name == "values.yaml":
			chart.defaults = content
		case name == "values.schema.json" || name == "Chart.lock":
			// Neither is among .Files.
		case strings.HasPrefix(name, "templates/"):
			chart.Templates[name] = string(content)
		case strings.HasPrefix(name, "charts/"):
			return fmt.Errorf("%s: charts with dependencies are not supported by this renderer", name)
		default:
			chart.Files[name] = content
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !hasMetadata {
		return nil, fmt.Errorf("Chart.yaml file is missing")
	}
	return chart, chart.Metadata.validate()
}

func (m Metadata) validate() error {
	if m.APIVersion != "v2" {
		return fmt.Errorf("validation: chart.metadata.apiVersion is %q, and only \"v2\" is supported by this renderer", m.APIVersion)
	}
	if m.Name == "" || m.Name != path.Base(m.Name) {
		return fmt.Errorf("validation: chart.metadata.name %q is invalid", m.Name)
	}
	if _, err := semver.NewVersion(m.Version); err != nil {
		return fmt.Errorf("validation: chart.metadata.version %q is invalid", m.Version)
	}
	if m.Type != "" && m.Type != "application" {
		return fmt.Errorf("validation: chart.metadata.type is %q, and only \"application\" is supported by this renderer", m.Type)
	}
	if len(m.Dependencies) > 0 {
		return fmt.Errorf("Chart.yaml: charts with dependencies are not supported by this renderer")
	}
	return nil
}

// ignoring are the patterns of .helmignore and Helm's own.
type ignoring []string

func readIgnored(file string) (ignoring, error) {
	// Helm leaves hidden files among the templates out.
	hidden := "templates/.?*"
	content, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return ignoring{hidden}, nil
	}
	if err != nil {
		return nil, err
	}
	patterns := ignoring{}
	for _, line := range strings.Split(string(bytes.TrimPrefix(content, byteOrderMark)), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.Contains(line, "**") {
			return nil, fmt.Errorf(".helmignore: %s: double-star (**) syntax is not supported", line)
		}
		if strings.HasPrefix(line, "!") {
			return nil, fmt.Errorf(".helmignore: %s: negated patterns are not supported by this renderer", line)
		}
		if _, err := path.Match(line, "a"); err != nil {
			return nil, fmt.Errorf(".helmignore: %s: %w", line, err)
		}
		patterns = append(patterns, line)
	}
	return append(patterns, hidden), nil
}

// matches says whether the file or folder is left out. A pattern without a slash is about the last part of the name alone.
func (patterns ignoring) matches(name string, folder bool) bool {
	for _, pattern := range patterns {
		if strings.HasSuffix(pattern, "/") && !folder {
			continue
		}
		pattern = strings.TrimSuffix(pattern, "/")
		against := name
		if strings.HasPrefix(pattern, "/") {
			pattern = pattern[1:]
		} else if !strings.Contains(pattern, "/") {
			against = path.Base(name)
		}
		if matched, _ := path.Match(pattern, against); matched {
			return true
		}
	}
	return false
}
