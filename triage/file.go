package triage

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
)

// The file of a model, little-endian, within gzip: the mark, the number of
// columns, words, parts and pairs (uint32 each), a threshold and a calibration
// (temperature, slope, doubt) for each head (float64), biases (float32); then each feature: of a word its length
// (uint8) and text, otherwise its key (uint64); rarity and two scales, of the service and of the other heads
// (float32); one int8 for each column.
const mark = "mercat triage 4\n"

//go:embed model.bin.gz
var embedded []byte

// Default is the model that this package brings along, read at its first use.
var Default = sync.OnceValues(LoadDefault)

// LoadDefault reads it anew, for measuring how long that takes.
func LoadDefault() (*Model, error) { return Load(bytes.NewReader(embedded)) }

const (
	maxFeatures    = 4 << 20
	featuresAtOnce = 4 << 10 // for which there is memory before they are read
)

// trained is a model as training leaves it, before it is laid out for reading.
type trained struct {
	sure     [headCount]float64
	calm     [headCount]calibration
	bias     []float32
	features []feature // words, then parts, then pairs
	counts   [3]uint32
}

type feature struct {
	word   string
	key    uint64
	rarity float32
	row    []float32 // without the rarity
}

// Load reads a model's file. It fails on what is not whole.
func Load(r io.Reader) (*Model, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("the triage model: %w", err)
	}
	t, err := readTrained(bufio.NewReaderSize(z, 64<<10))
	if err != nil {
		return nil, fmt.Errorf("the triage model: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("the triage model: %w", err)
	}
	return t.model(), nil
}

func readTrained(r io.Reader) (*trained, error) {
	head := make([]byte, len(mark))
	if _, err := io.ReadFull(r, head); err != nil || string(head) != mark {
		return nil, errors.New("this is no model, or of another version")
	}
	t := &trained{bias: make([]float32, columns)}
	var width uint32
	for _, to := range []any{&width, &t.counts, &t.sure, &t.calm, &t.bias} {
		if err := binary.Read(r, binary.LittleEndian, to); err != nil {
			return nil, err
		}
		if to == any(&width) && int(width) != columns {
			return nil, fmt.Errorf("it has %d columns instead of %d", width, columns)
		}
	}
	total := uint64(t.counts[0]) + uint64(t.counts[1]) + uint64(t.counts[2])
	if total > maxFeatures {
		return nil, fmt.Errorf("%d features are too many", total)
	}
	buffer := make([]byte, max(12+columns, 256))
	// Memory comes with what is there, not with what the head says: a short file
	// cannot take it all.
	var rows []float32
	t.features = make([]feature, 0, min(total, 16*featuresAtOnce))
	for i := range int(total) {
		if len(rows) == 0 {
			rows = make([]float32, min(featuresAtOnce, int(total)-i)*columns)
		}
		var f feature
		f.row, rows = rows[:columns:columns], rows[columns:]
		if err := f.read(r, buffer, i < int(t.counts[0])); err != nil {
			return nil, err
		}
		t.features = append(t.features, f)
	}
	return t, nil
}

func (f *feature) read(r io.Reader, buffer []byte, word bool) error {
	if word {
		if _, err := io.ReadFull(r, buffer[:1]); err != nil {
			return err
		}
		text := buffer[:buffer[0]]
		if _, err := io.ReadFull(r, text); err != nil {
			return err
		}
		f.word = string(text)
		f.key = wordKey(f.word)
	} else {
		if _, err := io.ReadFull(r, buffer[:8]); err != nil {
			return err
		}
		f.key = binary.LittleEndian.Uint64(buffer)
	}
	if _, err := io.ReadFull(r, buffer[:12+columns]); err != nil {
		return err
	}
	f.rarity = math.Float32frombits(binary.LittleEndian.Uint32(buffer))
	for i, part := range f.scaled() {
		scale := math.Float32frombits(binary.LittleEndian.Uint32(buffer[4+4*i:]))
		from := 12 + i*len(Services)
		for c := range part {
			part[c] = float32(int8(buffer[from+c])) * scale
		}
	}
	return nil
}

// scaled are the parts of a row that have a scale each.
func (f *feature) scaled() [2][]float32 {
	return [2][]float32{f.row[:len(Services)], f.row[len(Services):]}
}

// greatest is the largest of the weights, without their sign.
func greatest(row []float32) (top float32) {
	for _, x := range row {
		top = max(top, x, -x)
	}
	return top
}

func wordKey(word string) uint64 {
	key := uint64(wordSeed)
	for _, r := range word {
		key = mixRune(key, r)
	}
	return key
}

// write writes the file. The same model is the same bytes.
func (t *trained) write(w io.Writer) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(mark)
	for _, part := range []any{uint32(columns), t.counts, t.sure, t.calm, t.bias} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			return err
		}
	}
	for i, f := range t.features {
		if i < int(t.counts[0]) {
			b.WriteByte(uint8(len(f.word)))
			b.WriteString(f.word)
		} else {
			b.Write(binary.LittleEndian.AppendUint64(nil, f.key))
		}
		b.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(f.rarity)))
		var bytes []byte
		for _, part := range f.scaled() {
			scale := greatest(part) / 127
			b.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(scale)))
			for _, x := range part {
				n := int8(0)
				if scale > 0 {
					n = int8(math.RoundToEven(float64(x / scale)))
				}
				bytes = append(bytes, byte(n))
			}
		}
		b.Write(bytes)
	}
	if _, err := z.Write(b.Bytes()); err != nil {
		return err
	}
	return z.Close()
}

// model lays a trained model out for reading: the rows times their rarity, and
// into the row of each word those of its parts.
func (t *trained) model() *Model {
	n := len(t.features)
	m := &Model{Threshold: t.sure[serviceHead], Alarm: t.sure[urgencyHead], Silence: t.sure[answerHead], bias: t.bias, calm: t.calm, table: newTable(n), rows: make([]float32, n*columns), squares: make([]float32, n), rarities: make([]float32, n)}
	words := int(t.counts[0])
	for i, f := range t.features {
		weigh := f.rarity
		if i >= words && i < words+int(t.counts[1]) {
			weigh *= partWeight
		}
		row := m.row(int32(i))
		for c, x := range f.row {
			row[c] = x * weigh
		}
		m.squares[i], m.rarities[i] = weigh*weigh, f.rarity
		m.table.add(f.key, int32(i))
	}
	w := newWorking()
	for i := range words {
		word := []rune(t.features[i].word)
		if len(word) > maxWord {
			word = word[:maxWord]
		}
		clear(w.words)
		m.squares[i] += m.unknownWord(w, word)
		sum(m.row(int32(i)), w.words)
	}
	return m
}
