package directory

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// keptAttribute is how an attribute is kept: names as Open311 has them.
type keptAttribute struct {
	Code     string      `json:"code"`
	Remark   bool        `json:"remark,omitempty"` // not variable
	Datatype Datatype    `json:"datatype"`
	Required bool        `json:"required,omitempty"`
	Text     string      `json:"description"`
	Hint     string      `json:"datatype_description,omitempty"`
	Values   []keptValue `json:"values,omitempty"`
	Welsh    string      `json:"cy,omitempty"`
	Gaelic   string      `json:"gd,omitempty"`
}

type keptValue struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Welsh  string `json:"cy,omitempty"`
	Gaelic string `json:"gd,omitempty"`
	Words  string `json:"words,omitempty"`
}

// packAttributes writes attributes, which stand in their order, as JSON.
func packAttributes(l Attributes) string {
	kept := make([]keptAttribute, len(l))
	for i, a := range l {
		k := keptAttribute{Code: a.Code, Remark: !a.Variable, Datatype: a.Datatype, Required: a.Required, Text: a.Description, Hint: a.DatatypeDescription, Welsh: a.Welsh, Gaelic: a.Gaelic}
		for _, v := range a.Values {
			k.Values = append(k.Values, keptValue(v))
		}
		kept[i] = k
	}
	return pack(kept)
}

func unpackAttributes(s string) (Attributes, error) {
	var kept []keptAttribute
	if err := json.Unmarshal([]byte(s), &kept); err != nil {
		return nil, fmt.Errorf("read the questions of a service: %w", err)
	}
	var l Attributes
	for i, k := range kept {
		a := Attribute{Code: k.Code, Variable: !k.Remark, Datatype: k.Datatype, Required: k.Required, Description: k.Text, DatatypeDescription: k.Hint,
			Order: i + 1, Welsh: k.Welsh, Gaelic: k.Gaelic}
		for _, v := range k.Values {
			a.Values = append(a.Values, Value(v))
		}
		l = append(l, a)
	}
	return l, nil
}

// keptHours is how opening hours are kept: a day is written as people do.
type keptHours struct {
	Week       string `json:"week,omitempty"`
	Holidays   string `json:"holidays,omitempty"`
	OutOfHours string `json:"out_of_hours,omitempty"`
}

func packHours(h Hours) string { return pack(keptHours{h.String(), h.Holidays, h.OutOfHours}) }

func unpackHours(s string) (Hours, error) {
	var kept keptHours
	if err := json.Unmarshal([]byte(s), &kept); err != nil {
		return Hours{}, fmt.Errorf("read opening hours: %w", err)
	}
	week, err := readWeek(kept.Week)
	if err != nil {
		return Hours{}, fmt.Errorf("read opening hours: %w", err)
	}
	return Hours{Week: week, Holidays: kept.Holidays, OutOfHours: kept.OutOfHours}, nil
}

// pack writes what cannot fail: strings, numbers and booleans.
func pack(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("directory: %T cannot be written as JSON: %v", v, err))
	}
	return string(b)
}

func joinIDs(ids []int64) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(parts, ",")
}

func splitIDs(s string) ([]int64, error) {
	var ids []int64
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) {
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read ids of areas: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
