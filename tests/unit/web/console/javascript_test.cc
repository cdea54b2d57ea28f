#include "web/console/embed/javascript.h"

#include "gtest/gtest.h"

namespace hookd {
namespace {

// The script without comments; a word if it cannot be read.
std::string Without(const std::string& script) { return WithoutComments(script).value_or("unreadable"); }

TEST(JavaScriptTest, LeavesOutCommentsThatHaveLinesOfTheirOwn) {
  EXPECT_EQ(Without("// one\na();\n  // two\n  b();\n"), "a();\n  b();\n");
  EXPECT_EQ(Without("/** @param {string} a\n *  `b' \" */\nfunction f(a) {}\n"), "function f(a) {}\n");
  EXPECT_EQ(Without("a();\n\t/* one */  \nb();"), "a();\nb();");
  EXPECT_EQ(Without("a();\n// the end"), "a();\n");
  EXPECT_EQ(Without("/* a *//* b */\nc();\n"), "/* a *//* b */\nc();\n") << "what is not the only one stays";
}

TEST(JavaScriptTest, LeavesTheRestOfALineAsItIs) {
  for (const char* script : {"a(); // why\nb();\n", "f(/** @type {any} */ (x));\n",
                             "const n = /* one\n */ 1;\n", "", "\n\n", "a\n++b\n"}) {
    EXPECT_EQ(Without(script), script);
  }
}

TEST(JavaScriptTest, KnowsStrings) {
  for (const char* script :
       {"s = '// no';\n", "s = \"/* no\";\nt = '*/';\n", "s = '\\\\';\nt = 'it\\'s // no';\n",
        "s = `\n// no\n/* no */\n`;\n", "s = `\\`\n// no\n`;\n"}) {
    EXPECT_EQ(Without(script), script);
  }
}

TEST(JavaScriptTest, KnowsWhatIsWithinTemplates) {
  const std::string script = "s = `${f({ a: '}' }, `\n// no\n${b}`)}\n// no\n`;\n";
  EXPECT_EQ(Without(script), script);
  EXPECT_EQ(Without("s = `${\n// yes\na}\n// no\n`;\n"), "s = `${\na}\n// no\n`;\n");
}

TEST(JavaScriptTest, TellsARegularExpressionFromADivision) {
  for (const char* script :
       {"a = /['\"`]/;\n// yes\n", "f(/[/'*]/g);\n// yes\n", "return /\\/'/.test(s);\n// yes\n",
        "a = b / c;\nd = '/';\n// yes\n", "a = f(b) / 2 / c[0] / 'x'.length;\n// yes\n",
        "a = b ?? /'/;\nc = d ? /'/ : /\"/;\n// yes\n", "const f = () => /`/;\n// yes\n"}) {
    const std::string text(script);
    EXPECT_EQ(Without(text), text.substr(0, text.find("// yes"))) << script;
  }
}

TEST(JavaScriptTest, RefusesWhatHasNoEnd) {
  for (const char* script :
       {"s = 'a\n'", "s = \"a", "s = `a", "s = `${a", "a = /b\n/", "/* a", "f() {", "}"}) {
    EXPECT_EQ(WithoutComments(script), std::nullopt) << script;
  }
}

}  // namespace
}  // namespace hookd
