package triage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// fastText is a compressed supervised model of fastText, version 12 of its
// format: Joulin et al., FastText.zip, 2016; https://github.com/facebookresearch/fastText.
type fastText struct {
	dim, bucket, least, most int
	known                    map[string]int // words
	pruned                   *table         // rows of those parts that were kept; nil when all were
	input                    *quantised
	output                   []float32 // labels × dim
	labels, prunedRows       int
	tree                     []turn // leaves first, the root last
}

// turn is a node of the Huffman tree over labels.
type turn struct{ left, right int }

// quantised is a matrix by product quantisation: each row is a code for each
// part of it, and a length.
type quantised struct {
	rows, dim, parts, width int
	codes, lengths          []byte
	centroids, norms        []float32
}

// add adds a row.
func (q *quantised) add(to []float32, row int) {
	length := float32(1)
	if q.lengths != nil {
		length = q.norms[q.lengths[row]]
	}
	for p, code := range q.codes[row*q.parts:][:q.parts] {
		from := p * q.width
		width := min(q.width, q.dim-from)
		at := (p*256 + int(code)) * q.width
		if p == q.parts-1 {
			at = p*256*q.width + int(code)*width
		}
		for i, x := range q.centroids[at:][:width] {
			to[from+i] += length * x
		}
	}
}

// rows calls the row of a word and of each of its parts.
func (f *fastText) rows(word string, each func(row int)) {
	if id, ok := f.known[word]; ok {
		each(id)
	}
	marked := "<" + word + ">"
	for i := range len(marked) {
		if marked[i]&0xC0 == 0x80 {
			continue
		}
		h := uint32(2166136261)
		for j, n := i, 1; j < len(marked) && n <= f.most; n++ {
			for first := true; j < len(marked) && (first || marked[j]&0xC0 == 0x80); j++ {
				h = (h ^ uint32(int8(marked[j]))) * 16777619 // the sign is extended, as it always was there
				first = false
			}
			if n < f.least || n == 1 && (i == 0 || j == len(marked)) {
				continue
			}
			id := int32(h % uint32(f.bucket))
			if f.pruned != nil {
				to, ok := f.pruned.find(spread(id))
				if !ok {
					continue
				}
				id = to
			}
			each(len(f.known) + int(id))
		}
	}
}

// spread makes a key of a number, whose last bits alone would lie too close.
func spread(id int32) uint64 { return uint64(uint32(id)) * fnvPrime }

// LoadLanguages reads a model file of fastText. It fails on what is not whole,
// and on models of another kind.
func LoadLanguages(file []byte) (*Languages, error) {
	r := &lidReader{Reader: bytes.NewReader(file), size: len(file)}
	f, names := r.model()
	if r.err != nil {
		return nil, fmt.Errorf("the model of languages: %w", r.err)
	}
	return &Languages{classes: names, model: f}, nil
}

// lidReader reads little-endian numbers until something is wrong.
type lidReader struct {
	*bytes.Reader
	size int
	err  error
}

func (r *lidReader) get(to any) {
	if r.err == nil {
		r.err = binary.Read(r.Reader, binary.LittleEndian, to)
	}
}

func (r *lidReader) int() int {
	var n int32
	r.get(&n)
	return int(n)
}

func (r *lidReader) long() int {
	var n int64
	r.get(&n)
	if n > math.MaxInt32 {
		r.fail("a number is too large")
	}
	return int(n)
}

func (r *lidReader) flag() bool {
	var b uint8
	r.get(&b)
	return b != 0
}

func (r *lidReader) fail(says string) {
	if r.err == nil {
		r.err = errors.New(says)
	}
}

// room checks that n things of a size can still stand in the file, before there
// is memory for them.
func (r *lidReader) room(n, size int) int {
	if n < 0 || n > r.size/size {
		r.fail("a length is impossible")
		return 0
	}
	return n
}

func (r *lidReader) floats(n int) []float32 {
	out := make([]float32, r.room(n, 4))
	r.get(&out)
	return out
}

func (r *lidReader) bytes(n int) []byte {
	out := make([]byte, r.room(n, 1))
	if _, err := io.ReadFull(r.Reader, out); err != nil {
		r.fail("it breaks off")
	}
	return out
}

func (r *lidReader) text() string {
	var b strings.Builder
	for r.err == nil && b.Len() < 1000 {
		c, err := r.ReadByte()
		if err != nil {
			r.fail("it breaks off")
		}
		if c == 0 {
			break
		}
		b.WriteByte(c)
	}
	return b.String()
}

func (r *lidReader) model() (*fastText, []string) {
	const magic, version, hierarchical, supervised = 793712314, 12, 1, 3
	if r.int() != magic || r.int() != version {
		r.fail("this is no model of fastText, or of another version")
	}
	var args struct{ Dim, Window, Epochs, Least, Negative, Ngrams, Loss, Model, Bucket, MinN, MaxN, Rate int32 }
	r.get(&args)
	var sampling float64
	r.get(&sampling)
	if args.Loss != hierarchical || args.Model != supervised || args.Ngrams != 1 || args.Dim < 1 || args.Dim > 1000 || args.Bucket < 1 || args.MaxN > 20 {
		r.fail("this kind of model is not read here")
	}
	f := &fastText{dim: int(args.Dim), bucket: int(args.Bucket), least: int(args.MinN), most: int(args.MaxN), known: map[string]int{}}
	names, counts := r.dictionary(f)
	if !r.flag() {
		r.fail("the model is not compressed")
	}
	if r.err != nil {
		return nil, nil
	}
	f.input = r.quantised(f)
	if r.flag() {
		r.fail("its labels are compressed, which is not read here")
	}
	if rows, width := r.long(), r.long(); rows != f.labels || width != f.dim {
		r.fail("labels and weights do not fit together")
	}
	f.output = r.floats(f.labels * f.dim)
	f.tree = huffman(counts)
	return f, names
}

func (r *lidReader) dictionary(f *fastText) (names []string, counts []int) {
	size, words := r.int(), r.int()
	f.labels = r.int()
	r.long() // tokens seen in training
	pruned := r.long()
	if words < 0 || f.labels < 1 || words+f.labels != size {
		r.fail("the dictionary is not whole")
	}
	for i := range r.room(size, 10) {
		word, count := r.text(), r.long()
		isLabel := r.flag()
		if isLabel != (i >= words) {
			r.fail("words and labels are mixed")
		}
		if isLabel {
			names, counts = append(names, strings.TrimPrefix(word, "__label__")), append(counts, count)
		} else {
			f.known[word] = i
		}
		if r.err != nil {
			return nil, nil
		}
	}
	if len(f.known) != words {
		r.fail("a word stands twice in the dictionary")
	}
	if pruned >= 0 {
		n := r.room(pruned, 8)
		pairs := make([][2]int32, n)
		r.get(&pairs)
		rows := newTable(n)
		for _, pair := range pairs {
			if pair[1] < 0 || int(pair[1]) >= n {
				r.fail("a part of a word has no row")
				break
			}
			rows.add(spread(pair[0]), pair[1])
		}
		f.pruned, f.prunedRows = &rows, n
	}
	return names, counts
}

func (r *lidReader) quantised(f *fastText) *quantised {
	normed := r.flag()
	q := &quantised{rows: r.long(), dim: r.long()}
	q.codes = r.bytes(r.int())
	var dim int
	dim, q.parts, q.width, q.centroids = r.quantizer()
	if normed {
		q.lengths = r.bytes(q.rows)
		_, _, _, q.norms = r.quantizer()
	}
	switch {
	case r.err != nil:
	case q.dim != f.dim || dim != f.dim || q.parts < 1 || q.width < 1 || (q.parts-1)*q.width >= dim || q.parts*q.width < dim,
		len(q.codes) != q.rows*q.parts, len(q.centroids) != dim*256, normed && len(q.norms) != 256,
		f.pruned != nil && q.rows < len(f.known)+f.prunedRows, f.pruned == nil && q.rows < len(f.known)+f.bucket:
		r.fail("its rows are not whole")
	}
	return q
}

func (r *lidReader) quantizer() (dim, parts, width int, centroids []float32) {
	dim, parts, width = r.int(), r.int(), r.int()
	r.int() // the width of the last part, which follows
	return dim, parts, width, r.floats(dim * 256)
}

// huffman is the tree of labels, in which frequent ones stand near the root.
// Counts come in descending order.
func huffman(counts []int) []turn {
	n := len(counts)
	if n == 0 {
		return nil
	}
	tree, weight := make([]turn, 2*n-1), make([]int, 2*n-1)
	for i := range tree {
		tree[i], weight[i] = turn{-1, -1}, math.MaxInt
		if i < n {
			weight[i] = counts[i]
		}
	}
	leaf, node := n-1, n
	least := func() int {
		if leaf >= 0 && (node >= len(weight) || weight[leaf] < weight[node]) {
			leaf--
			return leaf + 1
		}
		node++
		return node - 1
	}
	for i := n; i < len(tree); i++ {
		tree[i].left = least()
		tree[i].right = least()
		weight[i] = weight[tree[i].left] + weight[tree[i].right]
	}
	return tree
}
