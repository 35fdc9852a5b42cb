package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

const maxLines = 500

// Violation is one breach of a rule, with what to do about it.
type Violation struct {
	Rule     string // name, as in exceptions
	Path     string // file, with :line where that helps
	Sentence string
}

func (v Violation) String() string { return v.Path + ": " + v.Sentence + " [" + v.Rule + "]" }

// Check returns every violation of the architecture.
func Check(m *Module) []Violation {
	c := checker{m: m}
	for _, p := range m.Packages {
		c.names(p)
		for _, f := range p.Files {
			c.imports(p, f)
			c.roles(f)
			c.clock(f)
			c.starts(f)
			c.length(f)
		}
	}
	c.wall()
	return c.found
}

type checker struct {
	m     *Module
	found []Violation
}

func (c *checker) report(rule, at, format string, args ...any) {
	file, _, _ := strings.Cut(at, ":")
	for _, e := range exceptions() {
		if e.Rule == rule && (e.Path == file || strings.HasSuffix(e.Path, "/") && strings.HasPrefix(file, e.Path)) {
			return
		}
	}
	c.found = append(c.found, Violation{Rule: rule, Path: at, Sentence: fmt.Sprintf(format, args...)})
}

// room is the part of the map that a directory belongs to: a capability, one
// adapter, one package of platform, app, cmd.
func room(dir string) string {
	parts := strings.Split(dir, "/")
	if len(parts) > 1 && (parts[0] == "platform" || parts[0] == "network") {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

func capability(dir string) bool {
	top := strings.Split(dir, "/")[0]
	return slices.Contains(capabilities(), top) || top == "listening"
}

func known(dir string) bool {
	top := strings.Split(dir, "/")[0]
	return capability(dir) || slices.Contains([]string{"platform", "network", "app", "bench", "cmd", "test"}, top)
}

// support reports whether a package is there for tests alone: dbtest,
// networktest, archtest.
func support(dir string) bool {
	base := path.Base(dir)
	return strings.HasSuffix(base, "test") && base != "test"
}

func (c *checker) imports(p *Package, f *File) {
	from := room(p.Dir)
	for _, dir := range f.ours() {
		to := room(dir)
		if support(dir) && !f.Test && !support(p.Dir) {
			c.report("support", f.Path, "imports %s, which is for tests. Import it from a _test.go file only.", dir)
			continue
		}
		if from == to || f.Test && support(dir) || allowed(from, to) {
			continue
		}
		// A test that stands outside its package may set up what the rooms below
		// its own would give it.
		if f.Test && below(from, to) {
			continue
		}
		c.report("imports", f.Path, "%s. %s", describe(from, to), advise(from, to))
	}
}

func allowed(from, to string) bool {
	if strings.HasPrefix(to, "platform/") && !strings.HasPrefix(from, "platform/") {
		return true
	}
	for _, e := range edges() {
		if matches(e.From, from) && matches(e.To, to) {
			return true
		}
	}
	return false
}

func matches(pattern, room string) bool {
	return pattern == "*" || pattern == room || strings.HasSuffix(pattern, "/*") && strings.HasPrefix(room, pattern[:len(pattern)-1])
}

// below reports whether to stands under from on the map.
func below(from, to string) bool {
	order := capabilities()
	i, j := slices.Index(order, from), slices.Index(order, to)
	return i >= 0 && j >= 0 && j < i
}

func describe(from, to string) string { return from + " imports " + to }

// advise says what to do instead of a forbidden import.
func advise(from, to string) string {
	switch order := capabilities(); {
	case strings.HasPrefix(from, "platform/") && !strings.HasPrefix(to, "platform/"):
		return "Platform knows no word of council work: move what it needs down, or take it as an argument"
	case strings.HasPrefix(from, "network") && !strings.HasPrefix(to, "platform/"):
		return "An adapter imports network and platform only: hand it what it needs through network.Account"
	case slices.Contains(order, from) && slices.Contains(order, to) && !below(from, to):
		return "Calls go down: put a job whose kind " + from + " declares, or declare an interface in " + from + " that app fills"
	case from == "listening" || to == "listening":
		return "The wall: listening and service share no import"
	case from == "cmd":
		return "A subcommand calls app; put it there"
	}
	return "If the edge is right, add a line with its reason to edges in platform/archtest/table.go"
}

// roles checks which files may speak HTTP and SQL.
func (c *checker) roles(f *File) {
	dir, base := path.Dir(f.Path), path.Base(f.Path)
	adapter := room(dir) == "network" || strings.HasPrefix(dir, "network/")
	if f.Test || support(dir) || !capability(dir) && !adapter {
		return
	}
	if slices.Contains(f.Imports, "net/http") {
		switch {
		case adapter && !roleOf(base, "web", "client", "webhook"):
			c.report("http", f.Path, "imports net/http. In an adapter only web*.go, client*.go and webhook*.go may: move it there, or rename the file.")
		case !adapter && !roleOf(base, "web"):
			c.report("http", f.Path, "imports net/http. In a capability only web*.go may: take typed arguments instead of a request.")
		}
	}
	if roleOf(base, "store") {
		return
	}
	if slices.Contains(f.Imports, "database/sql") {
		c.report("sql", f.Path, "imports database/sql. Only store*.go may: return types of the capability from there.")
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && statement(lit.Value) {
			c.report("sql", f.at(lit), "holds an SQL statement. Make it a constant in store*.go.")
		}
		return true
	})
}

func (f *File) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.Path, f.fileSet.Position(n.Pos()).Line)
}

// roleOf reports whether a file has one of the roles: web.go, web_case.go,
// web_case_templ.go.
func roleOf(base string, roles ...string) bool {
	stem := strings.TrimSuffix(base, ".go")
	return slices.ContainsFunc(roles, func(r string) bool { return stem == r || strings.HasPrefix(stem, r+"_") })
}

// statement reports whether a literal is SQL as we write it, in capitals.
func statement(literal string) bool {
	return regexp.MustCompile(`^["` + "`" + `]\s*(SELECT\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX|UNIQUE|VIRTUAL)\s|WITH\s+(RECURSIVE\s+)?\w+.*\sAS\s)`).MatchString(literal)
}

func (c *checker) clock(f *File) {
	if f.Test || support(path.Dir(f.Path)) {
		return
	}
	for _, line := range f.uses("time", "Now", "Since", "Until") {
		c.report("clock", fmt.Sprintf("%s:%d", f.Path, line), "reads the clock. Take the time as an argument, from tx.Now, or from a field Now func() time.Time.")
	}
}

func (c *checker) starts(f *File) {
	for _, d := range f.syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" && !f.Generated {
			c.report("init", f.at(fn), "has an init function. Do it where the value is made, and hand it in.")
		}
	}
}

func (c *checker) length(f *File) {
	if !f.Generated && f.Lines > maxLines {
		c.report("length", f.Path, "has %d lines, more than %d. Split it by what it is about.", f.Lines, maxLines)
	}
}

func (c *checker) names(p *Package) {
	base := path.Base(p.Dir)
	for _, name := range []string{p.Name, base} {
		switch name {
		case "util", "utils", "common", "helper", "helpers", "type", "types", "model", "models", "misc", "shared", "base", "lib", "services", "internal", "pkg":
			c.report("names", p.Dir, "A package called %s says nothing. Name it after what it is about.", name)
			return
		}
	}
	if p.Dir == "." {
		c.report("names", p.Dir, "Go files stand in the root. Put them into a room.")
	} else if !known(p.Dir) {
		c.report("names", p.Dir, "is a room that is not on the map. Give it its place in platform/archtest/table.go.")
	}
	documented := slices.ContainsFunc(p.Files, func(f *File) bool { return f.syntax.Doc != nil && !f.Test })
	code := slices.ContainsFunc(p.Files, func(f *File) bool { return !f.Test && !f.Generated })
	if code && !documented {
		c.report("names", p.Dir, "No file says what the package is. Begin doc.go with a comment.")
	}
}

// wall checks that nothing behind the wall can reach what stands before it, by
// any way, and the other way round. App and cmd wire both.
func (c *checker) wall() {
	reach := map[string]map[string]string{} // room -> rooms it reaches -> by which file
	for _, p := range c.m.Packages {
		for _, f := range p.Files {
			for _, dir := range f.ours() {
				if from, to := room(p.Dir), room(dir); from != to && !f.Test {
					if reach[from] == nil {
						reach[from] = map[string]string{}
					}
					reach[from][to] = f.Path
				}
			}
		}
	}
	for _, capability := range capabilities() {
		switch capability {
		case "record", "staff", "evidence":
			continue // both sides stand on the first two; evidence sees aggregates
		}
		for _, pair := range [][2]string{{"listening", capability}, {capability, "listening"}} {
			if by := wayBetween(reach, pair[0], pair[1]); by != "" {
				c.report("wall", by, "leads from %s to %s. What people say in public and the service that they get are kept apart: remove the import.", pair[0], pair[1])
			}
		}
	}
}

// wayBetween returns the file that makes the last step of a way between two rooms,
// or "" when there is none. The ways through evidence are allowed.
func wayBetween(reach map[string]map[string]string, from, to string) string {
	seen := map[string]bool{from: true, "evidence": true}
	for next := []string{from}; len(next) > 0; next = next[1:] {
		steps := reach[next[0]]
		if by, ok := steps[to]; ok {
			return by
		}
		for _, step := range slices.Sorted(maps.Keys(steps)) {
			if !seen[step] {
				seen[step] = true
				next = append(next, step)
			}
		}
	}
	return ""
}
