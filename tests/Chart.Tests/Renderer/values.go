package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

type object = map[string]interface{}

// mergedValues are those that templates get: the chart's own under the files, the texts and the single values of the case.
func mergedValues(chart *Chart, given Case) (object, error) {
	values := object{}
	for _, file := range given.ValueFiles {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		layer := object{}
		if err := yaml.Unmarshal(content, &layer); err != nil {
			return nil, fmt.Errorf("failed to parse %s: %w", file, err)
		}
		values = laidOver(values, layer)
	}
	for _, text := range given.Values {
		layer := object{}
		if err := yaml.Unmarshal([]byte(text), &layer); err != nil {
			return nil, fmt.Errorf("failed to parse the values: %w", err)
		}
		values = laidOver(values, layer)
	}
	for _, pair := range given.Set {
		if err := set(values, pair); err != nil {
			return nil, err
		}
	}
	defaults := object{}
	if err := yaml.Unmarshal(chart.defaults, &defaults); err != nil {
		return nil, fmt.Errorf("cannot load values.yaml: %w", err)
	}
	fillIn(values, defaults)
	return values, nil
}

// laidOver merges what the user gave: maps key by key, everything else, null included, replaces what is there.
func laidOver(lower, upper object) object {
	merged := object{}
	for key, value := range lower {
		merged[key] = value
	}
	for key, value := range upper {
		over, isMap := value.(object)
		under, wasMap := merged[key].(object)
		if isMap && wasMap {
			merged[key] = laidOver(under, over)
		} else {
			merged[key] = value
		}
	}
	return merged
}

// fillIn adds the chart's defaults where the user said nothing. A null of the user takes the key away, if the chart has a default for it.
// A map under something else, or something else under a map, leaves the user's alone.
func fillIn(values, defaults object) {
	for key, standard := range defaults {
		given, ok := values[key]
		if !ok {
			values[key] = standard
			continue
		}
		if given == nil {
			delete(values, key)
			continue
		}
		below, isMap := given.(object)
		from, wasMap := standard.(object)
		if isMap && wasMap {
			fillIn(below, from)
		}
	}
}

// set is one `--set a.b=c`: numbers are integers here, and not the floating-point ones of YAML, as in Helm.
func set(values object, pair string) error {
	at := strings.Index(pair, "=")
	if at < 1 {
		return fmt.Errorf("failed parsing --set data: key %q has no value", pair)
	}
	keys := strings.Split(strings.ReplaceAll(pair[:at], `\.`, "\x00"), ".")
	into := values
	for i, key := range keys {
		key = strings.ReplaceAll(key, "\x00", ".")
		if strings.ContainsAny(key, "[]{},") {
			return fmt.Errorf("failed parsing --set data: %q: lists are not supported by this renderer: give them as values", pair)
		}
		if i == len(keys)-1 {
			into[key] = typed(pair[at+1:])
			return nil
		}
		next, ok := into[key].(object)
		if !ok {
			next = object{}
			into[key] = next
		}
		into = next
	}
	return nil
}

func typed(text string) interface{} {
	switch {
	case text == "true":
		return true
	case text == "false":
		return false
	case text == "null":
		return nil
	case text == "0":
		return int64(0)
	case text != "" && text[0] != '0':
		if number, err := strconv.ParseInt(text, 10, 64); err == nil {
			return number
		}
	}
	return text
}

// lookupIn is Helm's lookup over the given objects; without a cluster nothing is ever found.
func lookupIn(given []json.RawMessage) (func(apiVersion, kind, namespace, name string) (object, error), error) {
	objects := []object{}
	for _, each := range given {
		decoder := json.NewDecoder(strings.NewReader(string(each)))
		decoder.UseNumber()
		decoded := object{}
		if err := decoder.Decode(&decoded); err != nil {
			return nil, fmt.Errorf("the objects of the cluster can't be read: %w", err)
		}
		objects = append(objects, asFromTheServer(decoded).(object))
	}
	return func(apiVersion, kind, namespace, name string) (object, error) {
		if given == nil {
			return object{}, nil
		}
		items := []interface{}{}
		for _, each := range objects {
			metadata, _ := each["metadata"].(object)
			if each["apiVersion"] != apiVersion || each["kind"] != kind {
				continue
			}
			if namespace != "" && metadata["namespace"] != nil && metadata["namespace"] != namespace {
				continue
			}
			if name == "" {
				items = append(items, each)
			} else if metadata["name"] == name {
				return each, nil
			}
		}
		if name != "" {
			return object{}, nil
		}
		return object{"apiVersion": apiVersion, "kind": kind + "List", "metadata": object{}, "items": items}, nil
	}, nil
}

// asFromTheServer has whole numbers as integers, which they are in what comes from an API server and are not in values.
func asFromTheServer(value interface{}) interface{} {
	switch value := value.(type) {
	case object:
		for key, each := range value {
			value[key] = asFromTheServer(each)
		}
	case []interface{}:
		for i, each := range value {
			value[i] = asFromTheServer(each)
		}
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		number, _ := value.Float64()
		return number
	}
	return value
}
