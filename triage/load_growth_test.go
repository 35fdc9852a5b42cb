package triage

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

// trainedHead begins a model that says it has so many words, parts and pairs.
func trainedHead(t *testing.T, counts [3]uint32) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(mark)
	var none trained
	for _, part := range []any{uint32(columns), counts, none.sure, none.calm, make([]float32, columns)} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestLoadingAModelTakesLinearTime(t *testing.T) {
	row := strings.Repeat("\x01", 12+columns)
	growthtest.Linear(t, map[string]growthtest.Shape{
		"words":    {Head: trainedHead(t, [3]uint32{1 << 20}), Unit: "\x04roof" + row},
		"no words": {Head: trainedHead(t, [3]uint32{1 << 20}), Unit: "\x00" + row},
		"parts":    {Head: trainedHead(t, [3]uint32{0, 1 << 20}), Unit: "\x01\x02\x03\x04\x05\x06\x07\x08" + row},
		"pairs":    {Head: trainedHead(t, [3]uint32{0, 0, 1 << 20}), Unit: "\x01\x02\x03\x04\x05\x06\x07\x08" + row},
		"no model": {Unit: mark},
	}, func(s string) {
		if _, err := readTrained(strings.NewReader(s)); err == nil {
			panic("a model that breaks off is loaded")
		}
	})
}

func TestAModelTakesNoMoreMemoryThanItHasFeatures(t *testing.T) {
	head := trainedHead(t, [3]uint32{maxFeatures})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := readTrained(strings.NewReader(head)); err == nil {
		t.Fatal("a model without a feature is loaded")
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
		t.Errorf("%d bytes of a file took %d MB", len(head), took>>20)
	}
}

// languageHead begins a fastText model with a dictionary of so many words and
// labels.
func languageHead(words, labels int) []byte {
	var b bytes.Buffer
	for _, part := range []any{int32(793712314), int32(12), [12]int32{16, 5, 5, 1, 5, 1, 1, 3, 2000, 2, 4, 100}, float64(0),
		int32(words + labels), int32(words), int32(labels), int64(1000), int64(-1)} {
		_ = binary.Write(&b, binary.LittleEndian, part) // a buffer takes all
	}
	return b.Bytes()
}

func TestLoadingLanguagesTakesLinearTime(t *testing.T) {
	const entry = 11 // bytes of each below
	shapes := map[string]growthtest.Shape{
		"words":     {Unit: "w\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"},
		"labels":    {Unit: "l\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"},
		"no end":    {Unit: "aaaaaaaaaaa"},
		"all ends":  {Unit: "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
		"no length": {Unit: "\xff"},
	}
	growthtest.Linear(t, shapes, func(s string) {
		n := len(s) / entry
		for _, head := range [][]byte{languageHead(n-1, 1), languageHead(0, n), languageHead(1<<30, 1)} {
			if _, err := LoadLanguages(append(head, s...)); err == nil {
				panic("a model that breaks off is loaded")
			}
		}
	})
	growthtest.Linear(t, map[string]growthtest.Shape{"labels": {Unit: "l"}}, func(s string) {
		counts := make([]int, len(s))
		for i := range counts {
			counts[i] = 2 * (len(s) - i)
		}
		huffman(counts)
	})
}
