package directory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
)

// openService is a service of Open311 GeoReport v2 with its definition in it,
// and with what is Mercat's own beside.
type openService struct {
	Code       string            `json:"service_code"`
	Name       string            `json:"service_name"`
	Summary    string            `json:"description"`
	Metadata   bool              `json:"metadata"`
	Type       string            `json:"type"`
	Keywords   string            `json:"keywords"`
	Group      string            `json:"group"`
	Attributes []openAttribute   `json:"attributes"`
	Mercat     map[string]string `json:"mercat"`
}

type openAttribute struct {
	Variable bool        `json:"variable"`
	Code     string      `json:"code"`
	Datatype Datatype    `json:"datatype"`
	Required bool        `json:"required"`
	Hint     string      `json:"datatype_description"`
	Order    int         `json:"order"`
	Text     string      `json:"description"`
	Values   []keptValue `json:"values,omitempty"`
	Welsh    string      `json:"cy,omitempty"`
	Gaelic   string      `json:"gd,omitempty"`
}

// writeJSON writes services as an Open311 service list, each with its
// definition's attributes.
func writeJSON(w io.Writer, services []Service, o owners) error {
	list := make([]openService, 0, len(services))
	for _, s := range services {
		one := openService{Code: s.Code, Name: s.Name, Summary: s.Summary, Metadata: len(s.Attributes) > 0, Type: "realtime", Keywords: s.Keywords, Group: s.Group,
			Attributes: []openAttribute{}, Mercat: map[string]string{}}
		for _, f := range fields() {
			if v := f.write(s, o); f.own && v != "" {
				one.Mercat[f.name] = v
			}
		}
		for _, a := range s.Attributes {
			open := openAttribute{a.Variable, a.Code, a.Datatype, a.Required, a.DatatypeDescription, a.Order, a.Description, nil, a.Welsh, a.Gaelic}
			for _, v := range a.Values {
				open.Values = append(open.Values, keptValue(v))
			}
			one.Attributes = append(one.Attributes, open)
		}
		list = append(list, one)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(list); err != nil {
		return fmt.Errorf("write services: %w", err)
	}
	return nil
}

// loose is a string that other servers write as a number or a boolean.
type loose string

// UnmarshalJSON takes any scalar.
func (l *loose) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err == nil {
		*l = loose(strings.TrimSpace(s))
		return nil
	}
	switch b[0] {
	case '{', '[':
		return fmt.Errorf("%s stands where a text was expected", b[:1])
	case 'n':
		return nil
	}
	*l = loose(b)
	return nil
}

type foreignService struct {
	Code       *loose              `json:"service_code"`
	Name       *loose              `json:"service_name"`
	Summary    *loose              `json:"description"`
	Keywords   *loose              `json:"keywords"`
	Group      *loose              `json:"group"`
	Attributes *[]foreignAttribute `json:"attributes"`
	Mercat     map[string]loose    `json:"mercat"`
}

type foreignAttribute struct {
	Variable, Code, Datatype, Required, Order, Description loose
	Hint                                                   loose `json:"datatype_description"`
	Welsh                                                  loose `json:"cy"`
	Gaelic                                                 loose `json:"gd"`
	Values                                                 []struct {
		Key, Name loose
		Welsh     loose `json:"cy"`
		Gaelic    loose `json:"gd"`
		Words     loose
	}
}

// readJSON reads a service list of Open311, definitions, or both in one: an
// array, one object, or an object with "services". Problems name the place in
// the list, counted from 1.
func readJSON(data []byte) ([]draft, error) {
	data = bytes.TrimSpace(data)
	var list []foreignService
	err := json.Unmarshal(data, &list)
	if err != nil && bytes.HasPrefix(data, []byte("{")) {
		var wrapped struct {
			Services *[]foreignService
			foreignService
		}
		if err = json.Unmarshal(data, &wrapped); err == nil {
			if list = []foreignService{wrapped.foreignService}; wrapped.Services != nil {
				list = *wrapped.Services
			}
		}
	}
	if err != nil {
		return nil, fault.Field("file", "This cannot be read as an Open311 service list in JSON: "+err.Error()+". Nothing was changed.").Because(err)
	}
	if len(list) > maxServices {
		return nil, errTooManyServices
	}
	drafts := make([]draft, len(list))
	for i, one := range list {
		drafts[i] = one.draft(i + 1)
	}
	return drafts, nil
}

func (r foreignService) draft(n int) draft {
	d := draft{line: n, columns: map[string]string{}}
	if r.Code != nil {
		d.code = string(*r.Code)
	}
	for name, v := range map[string]*loose{"service_name": r.Name, "description": r.Summary, "keywords": r.Keywords, "group": r.Group} {
		if v != nil {
			d.columns[name] = string(*v)
		}
	}
	for _, f := range fields() {
		if v, given := r.Mercat[f.name]; given && f.own {
			d.columns[f.name] = string(v)
		} else if r.Mercat != nil && f.own {
			d.columns[f.name] = "" // empty ones are not written
		}
	}
	if r.Attributes == nil {
		return d
	}
	asks := make([]Attribute, 0, len(*r.Attributes))
	for _, a := range *r.Attributes {
		order, _ := strconv.Atoi(string(a.Order)) // without one they stay as they stand
		to := Attribute{Code: string(a.Code), Variable: !slices.Contains([]string{"false", "0", "no"}, strings.ToLower(string(a.Variable))), Datatype: Datatype(strings.ToLower(string(a.Datatype))),
			Description: string(a.Description), DatatypeDescription: string(a.Hint), Order: order, Welsh: string(a.Welsh), Gaelic: string(a.Gaelic)}
		var err error
		if to.Required, err = readYes("required", string(a.Required)); err != nil {
			d.wrong = append(d.wrong, LineProblem{n, fault.Sentence(err)})
		}
		for _, v := range a.Values {
			to.Values = append(to.Values, Value{Key: string(v.Key), Name: string(v.Name), Welsh: string(v.Welsh), Gaelic: string(v.Gaelic), Words: string(v.Words)})
		}
		asks = append(asks, to)
	}
	d.asks = &asks
	return d
}
