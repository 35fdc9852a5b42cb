package directory

import (
	"strings"
)

// valueText writes the answers of a list as people edit them, one on a line:
//
//	green = Green bin | words: green bin, garden | cy: Gwyrdd | gd: Uaine
//
// All but the name may be left out.
func valueText(values []Value) string {
	var b strings.Builder
	for _, v := range values {
		if v.Key != "" && v.Key != codeOf(v.Name) {
			b.WriteString(v.Key + " = ")
		}
		b.WriteString(strings.ReplaceAll(v.Name, "|", "/"))
		for _, part := range [][2]string{{"words", v.Words}, {"cy", v.Welsh}, {"gd", v.Gaelic}} {
			if part[1] != "" {
				b.WriteString(" | " + part[0] + ": " + strings.ReplaceAll(part[1], "|", "/"))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// readValueText reads what valueText writes.
func readValueText(s string) []Value {
	var values []Value
	for _, line := range strings.Split(s, "\n") {
		parts := strings.Split(line, "|")
		var v Value
		v.Name = strings.TrimSpace(parts[0])
		if key, name, ok := strings.Cut(v.Name, "="); ok && strings.TrimSpace(key) != "" {
			v.Key, v.Name = strings.TrimSpace(key), strings.TrimSpace(name)
		}
		for _, part := range parts[1:] {
			of, said, _ := strings.Cut(part, ":")
			switch said = strings.TrimSpace(said); strings.ToLower(strings.TrimSpace(of)) {
			case "words":
				v.Words = said
			case "cy":
				v.Welsh = said
			case "gd":
				v.Gaelic = said
			}
		}
		if v.Name != "" || v.Key != "" {
			values = append(values, v)
		}
	}
	return values
}
