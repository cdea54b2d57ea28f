#include "command_line/man_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(ManPageTest, HasEveryCommandAndFlagOfTheHelp) {
  const Result page = RunHookctl({"--man-page"});
  EXPECT_EQ(page.code, kOk);
  EXPECT_THAT(page.out,
              AllOf(HasSubstr(".TH HOOKCTL 1 "), HasSubstr(".SS \"hookctl webhooks create [OPTIONS]\""),
                    HasSubstr("\\fB\\-\\-retry\\-max\\-attempts\\fR"),
                    HasSubstr(".SS \"hookctl config unset [OPTIONS] CONTEXT SETTING...\""),
                    HasSubstr("[environment: HOOKD_SERVER]"), HasSubstr(".SH FILES")));
  EXPECT_THAT(page.out, AllOf(Not(HasSubstr("man\\-page")), Not(HasSubstr("__complete"))));
}

TEST(ManPageTest, LeavesOutWhatEveryHelpEndsWith) {
  EXPECT_THAT(RunHookctl({"webhooks", "get", "--help"}).out, HasSubstr("Global flags such as"));
  EXPECT_THAT(RunHookctl({"--man-page"}).out, Not(HasSubstr("Global flags such as")));
}

TEST(ManPageTest, DescribesAGroupOnce) {
  const std::string page = RunHookctl({"--man-page"}).out;
  const size_t first = page.find("A context has the settings of one hookd");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(page.find("A context has the settings of one hookd", first + 1), std::string::npos);
}

TEST(ManPageTest, NoLineOfTextIsACommandOfRoff) {
  CLI::App app(".hidden begins with a dot, and \\backslash with another\n'quote begins this line", "tool");
  app.footer("A paragraph\nof two lines.\n\n  .indented\n  'lines'\n\nThe end.");
  const std::string page = command_line::FormatManPage(app, {.section = 1, .summary = "does it"});
  EXPECT_THAT(page, AllOf(HasSubstr("\n\\&.hidden"), HasSubstr("\\ebackslash"), HasSubstr("\n\\(aqquote"),
                          HasSubstr("\nA paragraph\nof two lines.\n"),
                          HasSubstr(".nf\n\\&.indented\n\\(aqlines\\(aq\n.fi\n"), HasSubstr("\nThe end.\n")));
}

}  // namespace
}  // namespace hookctl
