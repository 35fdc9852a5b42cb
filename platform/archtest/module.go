// Package archtest holds the whole module to its architecture: who may import
// whom, which file may do what, and the wall around listening. It reads the
// source itself, without building it, so that it also speaks of code that does
// not compile yet. The rules stand in rules.go; a violation says what to do.
package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Module is the source of a Go module.
type Module struct {
	Path     string
	Packages []*Package // by directory
}

// Package is one directory with Go files.
type Package struct {
	Dir   string // from the module's root, "desk/pages"
	Name  string
	Files []*File
}

// File is one Go file.
type File struct {
	Path      string
	Test      bool
	Generated bool
	Lines     int
	Imports   []string // import paths; those of the module as directories
	syntax    *ast.File
	fileSet   *token.FileSet
}

// Load reads the module in fsys. Directories that begin with a full stop or an
// underscore, testdata and node_modules are not part of it.
func Load(fsys fs.FS) (*Module, error) {
	gomod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, fmt.Errorf("load module: %w", err)
	}
	first, _, _ := strings.Cut(string(gomod), "\n")
	m := &Module{Path: strings.TrimSpace(strings.TrimPrefix(first, "module "))}
	packages := map[string]*Package{}
	err = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if e.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(base) != ".go" {
			return nil
		}
		f, packageName, err := m.read(fsys, name)
		if err != nil {
			return err
		}
		p := packages[path.Dir(name)]
		if p == nil {
			p = &Package{Dir: path.Dir(name), Name: packageName}
			packages[p.Dir] = p
			m.Packages = append(m.Packages, p)
		}
		p.Files = append(p.Files, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load module: %w", err)
	}
	slices.SortFunc(m.Packages, func(a, b *Package) int { return strings.Compare(a.Dir, b.Dir) })
	return m, nil
}

func (m *Module) read(fsys fs.FS, name string) (*File, string, error) {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, "", err
	}
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, "", err
	}
	f := &File{
		Path:      name,
		Test:      strings.HasSuffix(name, "_test.go"),
		Generated: ast.IsGenerated(syntax),
		Lines:     bytes.Count(source, []byte("\n")),
		syntax:    syntax,
		fileSet:   set,
	}
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, "", fmt.Errorf("%s imports %s: %w", name, spec.Path.Value, err)
		}
		if rest, ours := strings.CutPrefix(imported, m.Path); ours && (rest == "" || rest[0] == '/') {
			imported = "./" + strings.TrimPrefix(rest, "/")
		}
		f.Imports = append(f.Imports, imported)
	}
	return f, strings.TrimSuffix(syntax.Name.Name, "_test"), nil
}

// ours yields the module's own packages that f imports, by directory.
func (f *File) ours() []string {
	var dirs []string
	for _, i := range f.Imports {
		if dir, ok := strings.CutPrefix(i, "./"); ok {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// uses returns the lines in which f names pkg.name, of a package of the
// standard library that it imports under its own name or another.
func (f *File) uses(pkg string, names ...string) []int {
	local := ""
	for _, spec := range f.syntax.Imports {
		if spec.Path.Value == strconv.Quote(pkg) {
			local = path.Base(pkg)
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return nil
	}
	var lines []int
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(names, s.Sel.Name) {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
				lines = append(lines, f.fileSet.Position(s.Pos()).Line)
			}
		}
		return true
	})
	return lines
}
