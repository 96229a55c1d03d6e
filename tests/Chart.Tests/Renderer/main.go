// Command renderer renders a Helm chart as Helm 3.14 and later do, for the tests: there is no helm on every machine that builds this repository.
//
// It reads a list of cases as JSON from standard input and writes the list of their results as JSON to standard output:
//
//	[{"chart": "folder", "valueFiles": ["a.yaml"], "values": ["image: {tag: x}"], "set": ["replicas=3"],
//	  "name": "mall", "namespace": "shop", "upgrade": false, "revision": 1,
//	  "kubeVersion": "1.30.0", "apiVersions": ["monitoring.coreos.com/v1"], "objects": [{...}]}]
//	[{"values": {...}, "templates": {"templates/a.yaml": "..."}, "notes": "..."}, {"error": "..."}]
//
// `renderer --reads folder` lists the values that the templates of a chart read (reads.go).
// `renderer folder` renders one chart with its own values and exits with 1 and one line on standard error when Helm would refuse it.
//
// What is the same as Helm: the functions (those of 3.14 only, so that a template that uses a newer one fails), the libraries that read and write YAML,
// the order of templates, and how values are merged. Charts with dependencies and library charts are refused; values.schema.json is not looked at.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// A Case is one rendering: a chart, its values, and the release and cluster it is rendered for.
type Case struct {
	Chart string `json:"chart"`
	// ValueFiles are merged first (-f), then Values, which are YAML texts, then Set (--set).
	ValueFiles  []string `json:"valueFiles"`
	Values      []string `json:"values"`
	Set         []string `json:"set"`
	Name        string   `json:"name"`
	Namespace   string   `json:"namespace"`
	Upgrade     bool     `json:"upgrade"`
	Revision    int      `json:"revision"`
	KubeVersion string   `json:"kubeVersion"`
	APIVersions []string `json:"apiVersions"`
	// Objects are what lookup finds. Without the list there is no cluster, and lookup finds nothing, as under `helm template`.
	Objects []json.RawMessage `json:"objects"`
}

// A Result has what was rendered, or why Helm would refuse to render it.
type Result struct {
	// Values are the merged ones, which Helm holds against the schema before it renders.
	Values    map[string]interface{} `json:"values,omitempty"`
	Templates map[string]string      `json:"templates,omitempty"`
	Notes     string                 `json:"notes,omitempty"`
	Error     string                 `json:"error,omitempty"`
}

func main() {
	var err error
	switch {
	case len(os.Args) == 1:
		err = renderAll(os.Stdin, os.Stdout)
	case len(os.Args) == 3 && os.Args[1] == "--reads":
		err = listReads(os.Args[2], os.Stdout)
	case len(os.Args) == 2 && !strings.HasPrefix(os.Args[1], "-"):
		err = renderOne(os.Args[1], os.Stdout)
	default:
		err = fmt.Errorf("usage: renderer < cases.json | renderer folder | renderer --reads folder")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(1)
	}
}

func renderAll(in io.Reader, out io.Writer) error {
	var cases []Case
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&cases); err != nil {
		return fmt.Errorf("the cases can't be read: %w", err)
	}
	charts := map[string]*Chart{}
	results := make([]Result, len(cases))
	for i, each := range cases {
		chart, ok := charts[each.Chart]
		if !ok {
			loaded, err := loadChart(each.Chart)
			if err != nil {
				results[i] = Result{Error: err.Error()}
				continue
			}
			chart, charts[each.Chart] = loaded, loaded
		}
		results[i] = render(chart, each)
	}
	return write(out, results)
}

func renderOne(folder string, out io.Writer) error {
	chart, err := loadChart(folder)
	if err != nil {
		return err
	}
	result := render(chart, Case{})
	if result.Error != "" {
		return fmt.Errorf("%s", result.Error)
	}
	return write(out, result)
}

// write leaves `<` and `&` as they are, so that the output can be read by people, too.
func write(out io.Writer, document interface{}) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(document)
}
