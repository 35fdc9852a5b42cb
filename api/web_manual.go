package api

import (
	"cmp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// manual is the description of the API as people read it.
type manual struct {
	groups []manualGroup
}

type manualGroup struct {
	name       string
	operations []manualOperation
}

type manualOperation struct {
	method, path, summary, description, scope string
	parameters                                []manualParameter
	fields                                    []manualParameter // of what is sent
}

type manualParameter struct {
	name, in, kind, doc string
	required            bool
}

// manualOf reads a description.
func manualOf(o *huma.OpenAPI) manual {
	groups := map[string]*manualGroup{}
	var m manual
	for path, item := range o.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			g := groups[op.Tags[0]]
			if g == nil {
				g = &manualGroup{name: op.Tags[0]}
				groups[op.Tags[0]] = g
			}
			g.operations = append(g.operations, manualOperationOf(o, path, op))
		}
	}
	for _, g := range groups {
		slices.SortFunc(g.operations, func(a, b manualOperation) int {
			return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.method, b.method))
		})
		m.groups = append(m.groups, *g)
	}
	slices.SortFunc(m.groups, func(a, b manualGroup) int { return strings.Compare(a.name, b.name) })
	return m
}

func manualOperationOf(o *huma.OpenAPI, path string, op *huma.Operation) manualOperation {
	out := manualOperation{method: op.Method, path: path, summary: op.Summary, description: op.Description, scope: op.Security[0]["key"][0]}
	for _, p := range op.Parameters {
		out.parameters = append(out.parameters, manualParameter{name: p.Name, in: p.In, kind: kindOf(p.Schema), doc: cmp.Or(p.Description, docOf(p.Schema)), required: p.Required})
	}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Content {
			schema := media.Schema
			if schema.Ref != "" {
				schema = o.Components.Schemas.SchemaFromRef(schema.Ref)
			}
			for name, p := range schema.Properties {
				out.fields = append(out.fields, manualParameter{name: name, kind: kindOf(p), doc: docOf(p), required: slices.Contains(schema.Required, name)})
			}
		}
		slices.SortFunc(out.fields, func(a, b manualParameter) int { return strings.Compare(a.name, b.name) })
	}
	return out
}

func docOf(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	return s.Description
}

// kindOf says in a word what a value is.
func kindOf(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	if s.Ref != "" {
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	}
	return cmp.Or(s.Format, s.Type)
}

// about says what a parameter is, behind its name.
func (p manualParameter) about() string {
	says := "(" + p.kind
	if p.in != "" {
		says += ", in the " + p.in
	}
	if p.required {
		says += ", needed"
	}
	return strings.TrimSpace(says + ") " + p.doc)
}
