package directory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// Datatype is what an attribute takes, by the names of Open311 GeoReport v2.
type Datatype string

// The datatypes of GeoReport v2, "Service definition attributes".
const (
	String          Datatype = "string"          // one line
	Number          Datatype = "number"          // decimal
	DateTime        Datatype = "datetime"        // a day, or a day and a time: ISO 8601
	Text            Datatype = "text"            // several lines
	SingleValueList Datatype = "singlevaluelist" // one of Values
	MultiValueList  Datatype = "multivaluelist"  // some of Values
)

// Datatypes are all, in the order in which they are offered.
func Datatypes() []Datatype {
	return []Datatype{String, Text, Number, DateTime, SingleValueList, MultiValueList}
}

// List reports whether the answer is chosen from Values.
func (d Datatype) List() bool { return d == SingleValueList || d == MultiValueList }

// Attribute is a question that is asked about a service: an attribute of an
// Open311 service definition, with what it is called in Welsh and Gaelic.
type Attribute struct {
	Code     string // stable, unique within the service; [a-z0-9_-]
	Variable bool   // false: a remark that is shown and takes no answer
	Datatype Datatype
	Required bool
	// Description is the question, DatatypeDescription a hint how to answer.
	Description         string
	DatatypeDescription string
	Order               int // from 1; within a service no two have the same
	Values              []Value
	Welsh, Gaelic       string // the question in these languages; "" for none
}

// Value is one answer of a list.
type Value struct {
	Key           string // stable: what is kept and what other systems get
	Name          string // what people read
	Welsh, Gaelic string // "" for none
	Words         string // comma-separated words by which the public says it
}

// Question is the attribute's question in a language (BCP 47); English where
// there is none in it.
func (a Attribute) Question(language string) string {
	return inLanguage(language, a.Description, a.Welsh, a.Gaelic)
}

// Label is the value's name in a language (BCP 47); English where there is
// none in it.
func (v Value) Label(language string) string {
	return inLanguage(language, v.Name, v.Welsh, v.Gaelic)
}

func inLanguage(language, english, welsh, gaelic string) string {
	switch base, _, _ := strings.Cut(strings.ToLower(language), "-"); base {
	case "cy":
		return cmp.Or(welsh, english)
	case "gd":
		return cmp.Or(gaelic, english)
	}
	return english
}

// Value finds one of a list's values by its key.
func (a Attribute) Value(key string) (Value, bool) {
	for _, v := range a.Values {
		if v.Key == key {
			return v, true
		}
	}
	return Value{}, false
}

// Shown is an answer as people read it: the names of a list's values, parted
// by commas. Keys that the list does not have any more are shown as they are.
func (a Attribute) Shown(language string, values []string) string {
	shown := make([]string, len(values))
	for i, v := range values {
		shown[i] = v
		if one, ok := a.Value(v); ok && a.Datatype.List() {
			shown[i] = one.Label(language)
		}
	}
	return strings.Join(shown, ", ")
}

// Attributes are the questions of a service, in their order.
type Attributes []Attribute

// Attribute finds one by its code.
func (l Attributes) Attribute(code string) (Attribute, bool) {
	for _, a := range l {
		if a.Code == code {
			return a, true
		}
	}
	return Attribute{}, false
}

// Asked are those that take an answer.
func (l Attributes) Asked() Attributes {
	return slices.DeleteFunc(slices.Clone(l), func(a Attribute) bool { return !a.Variable })
}

const (
	maxAttributes  = 40
	maxValues      = 200
	maxCode        = 60
	maxDescription = 300
	maxValueName   = 120
	maxValueWords  = 1000
)

// clean puts the attributes in order, numbers them from 1, gives codes and keys
// to those without, and says what is wrong.
func (l Attributes) clean() (Attributes, fault.Fields) {
	var wrong fault.Fields
	if len(l) > maxAttributes {
		wrong.Add("attributes", fmt.Sprintf("These are too many questions. A service can ask %d; people answer three or four.", maxAttributes))
		return nil, wrong
	}
	list := slices.Clone(l)
	slices.SortStableFunc(list, func(a, b Attribute) int { return cmp.Compare(a.Order, b.Order) })
	codes := map[string]bool{}
	for i := range list {
		a := list[i].clean(&wrong)
		if a.Code == "" {
			a.Code = free(codeOf(a.Description), codes)
		}
		if codes[a.Code] {
			wrong.Add("attributes", fmt.Sprintf("Two questions have the code %q. Give each its own.", a.Code))
		}
		codes[a.Code] = true
		a.Order = i + 1
		list[i] = a
	}
	return list, wrong
}

func (a Attribute) clean(wrong *fault.Fields) Attribute {
	a.Description, _ = text.CleanLine(a.Description, maxDescription)
	a.DatatypeDescription, _ = text.CleanLine(a.DatatypeDescription, maxDescription)
	a.Welsh, _ = text.CleanLine(a.Welsh, maxDescription)
	a.Gaelic, _ = text.CleanLine(a.Gaelic, maxDescription)
	a.Code = strings.TrimSpace(a.Code)
	if text.Fold(a.Description) == "" {
		wrong.Add("description", "Enter the question.")
	}
	if a.Code != "" && !validCode(a.Code) {
		wrong.Add("code", "A code has letters, digits, hyphens and underscores, and no spaces: at most 60 characters.")
	}
	if !slices.Contains(Datatypes(), a.Datatype) {
		wrong.Add("datatype", fmt.Sprintf("%q is no kind of answer. Choose string, text, number, datetime, singlevaluelist or multivaluelist.", a.Datatype))
	}
	if !a.Variable {
		a.Required = false
	}
	if !a.Datatype.List() {
		a.Values = nil
		return a
	}
	a.Values = cleanValues(a.Values, wrong)
	if len(a.Values) == 0 && a.Variable {
		wrong.Add("values", "Enter the answers to choose from, one on a line.")
	}
	return a
}

func cleanValues(list []Value, wrong *fault.Fields) []Value {
	if len(list) > maxValues {
		wrong.Add("values", fmt.Sprintf("These are too many answers to choose from. Enter at most %d.", maxValues))
		return nil
	}
	keys := map[string]bool{}
	var values []Value
	for _, v := range list {
		v.Name, _ = text.CleanLine(v.Name, maxValueName)
		v.Welsh, _ = text.CleanLine(v.Welsh, maxValueName)
		v.Gaelic, _ = text.CleanLine(v.Gaelic, maxValueName)
		v.Key, _ = text.CleanLine(v.Key, maxValueName)
		v.Name = cmp.Or(v.Name, v.Key)
		if text.Fold(v.Name) == "" {
			wrong.Add("values", "An answer has no name.")
			continue
		}
		if v.Words, _ = cleanList(v.Words); len([]rune(v.Words)) > maxValueWords {
			wrong.Add("values", fmt.Sprintf("The words of %q are too many: at most 1,000 characters.", v.Name))
		}
		if v.Key == "" {
			v.Key = free(codeOf(v.Name), keys)
		}
		if keys[v.Key] {
			wrong.Add("values", fmt.Sprintf("Two answers have the key %q. Give each its own.", v.Key))
		}
		keys[v.Key] = true
		values = append(values, v)
	}
	return values
}

// validCode reports whether other systems can carry a code in an address.
func validCode(code string) bool {
	return code != "" && len([]rune(code)) <= maxCode && !strings.ContainsFunc(code, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '-' && r != '_'
	})
}

// codeOf makes a code of a name: its words, parted by hyphens.
func codeOf(name string) string {
	words := strings.FieldsFunc(strings.Map(func(r rune) rune {
		if r == '\'' || r == '’' {
			return -1
		}
		return r
	}, text.Fold(name)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	code := ""
	for _, w := range words {
		if len(code)+len(w) > 40 && code != "" {
			break
		}
		if code != "" {
			code += "-"
		}
		code += w
	}
	if r := []rune(code); len(r) > maxCode-5 {
		code = string(r[:maxCode-5])
	}
	return cmp.Or(code, "x")
}

// free is code, or code with the first number behind it that is not taken.
func free(code string, taken map[string]bool) string {
	if !taken[code] {
		return code
	}
	for n := 2; ; n++ {
		if next := fmt.Sprintf("%s-%d", code, n); !taken[next] {
			return next
		}
	}
}
