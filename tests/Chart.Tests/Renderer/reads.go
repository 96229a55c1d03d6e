package main

import (
	"fmt"
	"io"
	"path"
	"sort"
	"strings"
	"text/template"
	"text/template/parse"
)

// Which values the templates of a chart read is found without rendering: every branch is followed, each named template with what it is given.
// A value that can't be followed further (it is printed, or given to a function) counts as read with all that is below it.

// A Read is a path below .Values; "*" stands for any key of a map or any item of a list.
type Read struct {
	Path []string `json:"path"`
	// Whole is false when only the value at the path was looked at (`if`, `with`, `range`), and not what is below.
	Whole bool   `json:"whole"`
	At    string `json:"at"`
}

// Reads are what a chart's templates read.
type Reads struct {
	Values []Read `json:"values"`
	// Unresolved are the places that could not be followed.
	Unresolved    []string `json:"unresolved"`
	UnusedDefines []string `json:"unusedDefines"`
}

func listReads(folder string, out io.Writer) error {
	chart, err := loadChart(folder)
	if err != nil {
		return err
	}
	root := template.New("chart").Funcs(functions())
	names := inOrder(chart.Templates)
	for _, name := range names {
		full := path.Join(chart.Metadata.Name, name)
		if _, err := root.New(full).Parse(chart.Templates[name]); err != nil {
			return parseError(full, err)
		}
	}
	reader := &reader{templates: root, found: map[string]Read{}, unresolved: map[string]bool{}, visited: map[string]bool{}, included: map[string]bool{}}
	files := map[string]bool{}
	for _, name := range names {
		full := path.Join(chart.Metadata.Name, name)
		files[full] = true
		if !strings.HasPrefix(path.Base(name), "_") {
			reader.template(full, &known{paths: [][]string{{}}})
		}
	}
	result := Reads{Values: []Read{}, Unresolved: []string{}, UnusedDefines: []string{}}
	for _, read := range reader.found {
		result.Values = append(result.Values, read)
	}
	sort.Slice(result.Values, func(i, j int) bool {
		first, second := strings.Join(result.Values[i].Path, "."), strings.Join(result.Values[j].Path, ".")
		return first < second || first == second && result.Values[i].Whole && !result.Values[j].Whole
	})
	for place := range reader.unresolved {
		result.Unresolved = append(result.Unresolved, place)
	}
	for _, each := range root.Templates() {
		if name := each.Name(); name != "chart" && !files[name] && !reader.included[name] {
			result.UnusedDefines = append(result.UnusedDefines, name)
		}
	}
	sort.Strings(result.Unresolved)
	sort.Strings(result.UnusedDefines)
	return write(out, result)
}

// known is what is known about a value in a template: that it may be what is at one of these paths of the data, or a map or list that the template made,
// or one of these texts. Nothing at all is known about a value without any of them.
type known struct {
	paths  [][]string
	fields map[string]*known
	items  *known
	texts  []string
}

func either(values ...*known) *known {
	joined := &known{}
	for _, value := range values {
		if value == nil {
			continue
		}
		joined.paths = append(joined.paths, value.paths...)
		joined.texts = append(joined.texts, value.texts...)
		for key, field := range value.fields {
			joined.put(key, field)
		}
		if value.items != nil {
			joined.items = either(joined.items, value.items)
		}
	}
	joined.paths = distinct(joined.paths)
	return joined
}

func (k *known) put(key string, value *known) {
	if k.fields == nil {
		k.fields = map[string]*known{}
	}
	if before, ok := k.fields[key]; ok {
		value = either(before, value)
	}
	k.fields[key] = value
}

func (k *known) field(key string) *known {
	found := []*known{k.fields[key], k.fields["*"]}
	for _, each := range k.paths {
		found = append(found, &known{paths: [][]string{append(append([]string{}, each...), key)}})
	}
	return either(found...)
}

// at is the field of each key that the value may be; of any, when it may be more than texts of the template.
func (k *known) at(key *known) *known {
	if len(key.texts) == 0 {
		return k.each()
	}
	found := []*known{}
	if len(key.paths) > 0 {
		found = append(found, k.each())
	}
	for _, text := range key.texts {
		found = append(found, k.field(text))
	}
	return either(found...)
}

func (k *known) each() *known {
	found := []*known{k.items}
	for _, field := range k.fields {
		found = append(found, field)
	}
	for _, each := range k.paths {
		found = append(found, &known{paths: [][]string{append(append([]string{}, each...), "*")}})
	}
	return either(found...)
}

// signature is the same for values about which the same is known.
func (k *known) signature() string {
	if k == nil {
		return "-"
	}
	parts := []string{}
	for _, each := range k.paths {
		parts = append(parts, "."+strings.Join(each, "."))
	}
	for _, text := range k.texts {
		parts = append(parts, fmt.Sprintf("%q", text))
	}
	for key, field := range k.fields {
		parts = append(parts, key+":"+field.signature())
	}
	sort.Strings(parts)
	if k.items != nil {
		parts = append(parts, "["+k.items.signature()+"]")
	}
	return "{" + strings.Join(parts, " ") + "}"
}

func distinct(paths [][]string) [][]string {
	seen, kept := map[string]bool{}, [][]string{}
	for _, each := range paths {
		key := strings.Join(each, "\x00")
		if !seen[key] {
			seen[key] = true
			kept = append(kept, each)
		}
	}
	return kept
}

// A scope has the variables of a block.
type scope struct {
	variables map[string]*known
	outer     *scope
}

func (s *scope) inner() *scope { return &scope{map[string]*known{}, s} }

func (s *scope) find(name string) *known {
	for at := s; at != nil; at = at.outer {
		if value, ok := at.variables[name]; ok {
			return value
		}
	}
	return &known{}
}

// assign adds to what is known: the assignment may stand in a branch that is not taken.
func (s *scope) assign(name string, value *known) {
	for at := s; at != nil; at = at.outer {
		if before, ok := at.variables[name]; ok {
			at.variables[name] = either(before, value)
			return
		}
	}
}

type reader struct {
	templates  *template.Template
	found      map[string]Read
	unresolved map[string]bool
	visited    map[string]bool
	included   map[string]bool
	// tree is the template that is being followed, and depth how many include it.
	tree  *parse.Tree
	depth int
}

// Templates that include themselves with ever longer paths are followed so far.
const deepestFollowed = 40

func (r *reader) template(name string, data *known) {
	found := r.templates.Lookup(name)
	if found == nil || found.Tree == nil || r.depth > deepestFollowed {
		return
	}
	visit := name + data.signature()
	if r.visited[visit] {
		return
	}
	r.visited[visit] = true
	caller := r.tree
	r.tree = found.Tree
	r.depth++
	r.list(found.Tree.Root, &scope{variables: map[string]*known{"$": data}}, data)
	r.depth--
	r.tree = caller
}

func (r *reader) read(value *known, whole bool, node parse.Node) {
	for _, each := range value.paths {
		if len(each) == 0 && whole {
			each = []string{"Values"}
		}
		if len(each) == 0 || each[0] != "Values" {
			continue
		}
		key := fmt.Sprint(strings.Join(each, "\x00"), whole)
		if _, ok := r.found[key]; !ok {
			r.found[key] = Read{Path: append([]string{}, each[1:]...), Whole: whole, At: r.place(node)}
		}
	}
	if whole {
		for _, field := range value.fields {
			r.read(field, true, node)
		}
		if value.items != nil {
			r.read(value.items, true, node)
		}
	}
}

func (r *reader) place(node parse.Node) string {
	location, _ := r.tree.ErrorContext(node)
	return location
}

func (r *reader) list(list *parse.ListNode, variables *scope, dot *known) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			value := r.pipe(node.Pipe, variables, dot)
			if len(node.Pipe.Decl) == 0 {
				r.read(value, true, node)
			}
		case *parse.IfNode:
			inside := variables.inner()
			r.read(r.pipe(node.Pipe, inside, dot), false, node)
			r.list(node.List, inside.inner(), dot)
			r.list(node.ElseList, inside.inner(), dot)
		case *parse.WithNode:
			inside := variables.inner()
			value := r.pipe(node.Pipe, inside, dot)
			r.read(value, false, node)
			r.list(node.List, inside.inner(), value)
			r.list(node.ElseList, inside.inner(), dot)
		case *parse.RangeNode:
			r.loop(node, variables.inner(), dot)
		case *parse.TemplateNode:
			data := &known{}
			if node.Pipe != nil {
				data = r.pipe(node.Pipe, variables, dot)
			}
			r.include([]string{node.Name}, data, node)
		}
	}
}

func (r *reader) loop(node *parse.RangeNode, variables *scope, dot *known) {
	value := r.commands(node.Pipe, variables, dot)
	r.read(value, false, node)
	each := value.each()
	if count := len(node.Pipe.Decl); count > 0 {
		variables.variables[node.Pipe.Decl[count-1].Ident[0]] = each
		if count > 1 {
			variables.variables[node.Pipe.Decl[0].Ident[0]] = &known{}
		}
	}
	// Twice: what one round assigns, the next one reads.
	r.list(node.List, variables.inner(), each)
	r.list(node.List, variables.inner(), each)
	r.list(node.ElseList, variables.inner(), dot)
}

func (r *reader) pipe(pipe *parse.PipeNode, variables *scope, dot *known) *known {
	value := r.commands(pipe, variables, dot)
	for _, variable := range pipe.Decl {
		if pipe.IsAssign {
			variables.assign(variable.Ident[0], value)
		} else {
			variables.variables[variable.Ident[0]] = value
		}
	}
	return value
}

func (r *reader) commands(pipe *parse.PipeNode, variables *scope, dot *known) *known {
	var value *known
	for _, command := range pipe.Cmds {
		value = r.command(command, value, variables, dot)
	}
	return value
}

func (r *reader) command(command *parse.CommandNode, last *known, variables *scope, dot *known) *known {
	given := []*known{}
	for _, argument := range command.Args[1:] {
		given = append(given, r.argument(argument, variables, dot))
	}
	if last != nil {
		given = append(given, last)
	}
	if function, ok := command.Args[0].(*parse.IdentifierNode); ok {
		return r.call(function.Ident, given, command)
	}
	value := r.argument(command.Args[0], variables, dot)
	// A method, such as .Files.Get.
	for _, each := range given {
		r.read(each, true, command)
	}
	return value
}

func (r *reader) argument(node parse.Node, variables *scope, dot *known) *known {
	switch node := node.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return fields(dot, node.Ident)
	case *parse.VariableNode:
		return fields(variables.find(node.Ident[0]), node.Ident[1:])
	case *parse.ChainNode:
		return fields(r.argument(node.Node, variables, dot), node.Field)
	case *parse.PipeNode:
		return r.pipe(node, variables, dot)
	case *parse.StringNode:
		return &known{texts: []string{node.Text}}
	case *parse.IdentifierNode:
		return r.call(node.Ident, nil, node)
	}
	return &known{}
}

func fields(value *known, names []string) *known {
	for _, name := range names {
		value = value.field(name)
	}
	return value
}

func (r *reader) include(names []string, data *known, node parse.Node) {
	for _, name := range names {
		if r.templates.Lookup(name) == nil {
			r.unresolved[fmt.Sprintf("%s: there is no template %q", r.place(node), name)] = true
			continue
		}
		r.included[name] = true
		r.template(name, data)
	}
}

// call is what a function gives back; what it is not known to pass on, it reads.
func (r *reader) call(function string, given []*known, node parse.Node) *known {
	count := len(given)
	glance := func(values ...*known) {
		for _, value := range values {
			r.read(value, false, node)
		}
	}
	switch {
	case function == "include" && count == 2:
		// The hash of another template (`include (print $.Template.BasePath "/x.yaml") .`) reads what that template reads.
		if len(given[0].texts) == 0 && !strings.Contains(node.String(), "Template.BasePath") {
			r.unresolved[r.place(node)+": the name of the included template is not a constant"] = true
		}
		r.include(given[0].texts, given[1], node)
		return &known{}
	case function == "dict":
		made := &known{}
		for i := 0; i+1 < count; i += 2 {
			if len(given[i].texts) == 0 {
				made.put("*", given[i+1])
			}
			for _, key := range given[i].texts {
				made.put(key, given[i+1])
			}
		}
		return made
	case function == "list" || function == "tuple":
		return &known{items: either(given...)}
	case function == "set" && count == 3:
		if len(given[1].texts) == 0 {
			given[0].put("*", given[2])
		}
		for _, key := range given[1].texts {
			given[0].put(key, given[2])
		}
		return given[0]
	case (function == "index" || function == "get") && count > 1:
		value := given[0]
		for _, key := range given[1:] {
			r.read(key, true, node)
			value = value.at(key)
		}
		return value
	case function == "dig" && count > 2:
		value := given[count-1]
		for _, key := range given[:count-2] {
			value = value.at(key)
		}
		return either(value, given[count-2])
	case function == "hasKey" && count == 2:
		glance(given[0].at(given[1]))
		return &known{}
	case function == "pick" && count > 1:
		made := &known{}
		for _, key := range given[1:] {
			for _, text := range key.texts {
				made.put(text, given[0].field(text))
			}
			if len(key.texts) == 0 {
				made.put("*", given[0].each())
			}
		}
		return made
	case (function == "omit" || function == "unset") && count > 1:
		return given[0]
	case function == "keys":
		for _, value := range given {
			glance(value, value.each())
		}
		return &known{}
	case function == "values":
		glance(given...)
		return &known{items: either(given...).each()}
	case (function == "first" || function == "last" || function == "mustFirst" || function == "mustLast") && count == 1:
		return given[0].each()
	case (function == "append" || function == "prepend" || function == "mustAppend" || function == "mustPrepend") && count == 2:
		return either(given[0], &known{items: given[1]})
	case passesOn[function]:
		glance(given...)
		return either(given...)
	case function == "ternary" && count == 3:
		glance(given[2])
		return either(given[0], given[1])
	case function == "required" && count == 2:
		glance(given[1])
		return given[1]
	case glances[function]:
		glance(given...)
		return &known{}
	}
	for _, value := range given {
		r.read(value, true, node)
	}
	return &known{}
}

// What gives back one of its arguments, or all of them as one.
var passesOn = map[string]bool{
	"and": true, "or": true, "default": true, "coalesce": true, "concat": true, "mustConcat": true, "deepCopy": true, "mustDeepCopy": true, "merge": true,
	"mustMerge": true, "mergeOverwrite": true, "mustMergeOverwrite": true, "rest": true, "initial": true, "compact": true, "uniq": true, "reverse": true,
	"mustRest": true, "mustInitial": true, "mustCompact": true, "mustUniq": true, "mustReverse": true,
}

// What asks about a value and not about what is below.
var glances = map[string]bool{"not": true, "empty": true, "len": true, "kindIs": true, "kindOf": true, "typeOf": true, "typeIs": true}
