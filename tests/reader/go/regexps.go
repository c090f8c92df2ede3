package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"strings"
)

// What patterns are put together of: each form of the syntax, right and wrong.
var pieces = []string{
	"a", "b", "main", ".", `\.`, "[a-z]", "[^a-z]", `\d`, `\w`, `\W`, `\s`, `\S`, `\D`, "[[:alpha:]]", "[[:^alpha:]]",
	"[^[:space:]]", `\pL`, `\p{Greek}`, `\PN`, `\p{^L}`, `[\d\-x]`, "^", "$", `\A`, `\z`, `\b`, `\B`, "(a|b)", "(?:x|yy)",
	"(?i:k)", "(?i)s", "(?-i)S", "(?s).", "(?m)^", "(?m:$)", "(?U)a+", `\x41`, `\x{e9}`, `\101`, "é", "語", "[é-ü]",
	`\Qa.b\E`, "(?P<n>a)", "|", "(", "(", ")", ")", "*", "+", "?", "*?", "+?", "??", "{2}", "{0,1}", "{2,}", "{,3}", "{1001}",
	"{3,2}", "{", "}", "]", "[", "[]a]", "[^]a]", `\1`, `\8`, `\q`, `\`, "(?=a)", "(?!a)", "(?<=a)", "(?>a)", "++", "(?i",
	"(?z)", "(?-)", "(?P<>a)", "(?P<n", `\p{Foo}`, `\pX`, `\p{`, "[[:foo:]]", "[z-a]", "[a", `\C`, `\Z`, `\x{110000}`, `\xg`,
	`\x`, "(?#c)", `\_`, `\-`, `\/`, " ", `\t`, `[\W]`, `[^\W]`, `[\s\S]`, "(?i)[^k]", `(?i)\W`, "(?i)[[:^lower:]]", `(?i)\w`,
	`[a-\d]`, "[-a]", "[a-]", `\Q*`, `(?i)\p{Lu}`, `\p{Any}`, `\x{d800}`, `[\x{d800}]`, `[^\x{d800}]`, "[[:word:]]",
	"[[:punct:]]", "[[:cntrl:]]", `\0`, `\007`, `\a`, "::", "()", "(|a)", "(?ims-U:a.b)", "((a{10}){10}){10}", "((a{10}){10}){11}",
	"\xff",
}

var subjects = []string{
	"", "a", "main.main", "std::vector<int>::push_back(int&&)", "operator()", "(anonymous namespace)::f", "ABC abc",
	"KELVIN \u212a ſ s", "Straße ÄÖÜ äöü", "日本語 text", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "/usr/lib/libc.so.6", "a\tb\vc",
	"xx-yy_zz.0123", "[vdso]", "{a}{2}", `\d+`, "runtime.mallocgc", "two\nlines\n", "bad\xff\xfeutf\xc3(\xed\xa0\x80)é",
}

func escape(s string) string {
	return strings.NewReplacer("\n", "\x01", "\t", "\x02").Replace(s)
}

// regexps prints the subjects, an empty line, then patterns: each with the error, or where it is found in
// each subject, all separated by tabs.
func regexps(seed int64, n int) {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, s := range subjects {
		fmt.Fprintln(out, "S"+escape(s))
	}
	fmt.Fprintln(out)
	random := rand.New(rand.NewSource(seed))
	for i := 0; i < n; i++ {
		pattern := ""
		for k := random.Intn(5) + 1; k > 0; k-- {
			pattern += pieces[random.Intn(len(pieces))]
		}
		fmt.Fprint(out, pattern)
		re, err := regexp.Compile(pattern)
		if err != nil {
			fmt.Fprintf(out, "\t%v\n", err)
			continue
		}
		for _, s := range subjects {
			fmt.Fprintf(out, "\t%v", re.FindStringIndex(s))
		}
		fmt.Fprintln(out)
	}
}
