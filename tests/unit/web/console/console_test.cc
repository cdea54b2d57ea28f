#include "web/console/console.h"

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
    "frame-ancestors 'none'";
const WebHeaders kGzip = {{"Accept-Encoding", "gzip, deflate, br"}};

constexpr ConsoleFile kFiles[] = {
    {"index.html", "<!doctype html><title>hookd</title>", "compressed page"},
    {"logo.svg", "<svg/>", "larger than it is plain"},
    {"style/base.css", "a { b: c } /* so that it is longer */", "compressed css"},
    {"ui/dom.js", "export const h = 1; // so that it is longer", "compressed js"}};

std::unique_ptr<const Console> Make(const Console::Options& options = {}) {
  auto console = Console::Create(options, kFiles);
  EXPECT_TRUE(console.ok()) << console.status();
  return *std::move(console);
}

std::string Header(const WebResponse& response, absl::string_view name) {
  return std::string(FindHeader(response.headers, name));
}

class BrandedConsoleTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& contents) const {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << contents;
    return path;
  }

  const TempDir folder_;
};

TEST(ConsoleTest, HasThePageAtTheRootAndItsFilesBelowConsole) {
  const auto console = Make();
  for (const char* path : {"/", "/console/logo.svg", "/console/style/base.css", "/console/ui/dom.js"}) {
    EXPECT_TRUE(console->Has(path)) << path;
  }
  EXPECT_EQ(console->Get("/", {}).body, kFiles[0].contents);
  EXPECT_EQ(console->Get("/console/ui/dom.js", {}).body, kFiles[3].contents);
}

TEST(ConsoleTest, HasNothingElse) {
  const auto console = Make();
  for (const char* path : {"", "/console", "/console/", "/console/index.html", "/index.html", "/console/ui/",
                           "/console/ui/dom.js/", "/console//ui/dom.js", "/console/./ui/dom.js",
                           "/console/../console/ui/dom.js", "/console/ui/../../../../etc/passwd",
                           "/console/%2e%2e/ui/dom.js", "/console/UI/dom.js", "/ui/dom.js"}) {
    EXPECT_FALSE(console->Has(path)) << path;
  }
}

TEST(ConsoleTest, TypesFollowTheEndings) {
  const auto console = Make();
  EXPECT_EQ(Header(console->Get("/", {}), "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(Header(console->Get("/console/style/base.css", {}), "Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(Header(console->Get("/console/ui/dom.js", {}), "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(Header(console->Get("/console/logo.svg", {}), "Content-Type"), "image/svg+xml");
}

TEST(ConsoleTest, IsCompressedForABrowserThatTakesIt) {
  const auto console = Make();
  const WebResponse compressed = console->Get("/console/ui/dom.js", kGzip);
  EXPECT_EQ(compressed.body, "compressed js");
  EXPECT_EQ(Header(compressed, "Content-Encoding"), "gzip");
  EXPECT_FALSE(compressed.gzip) << "it would be compressed twice";
  const WebResponse plain = console->Get("/console/ui/dom.js", {{"Accept-Encoding", "br"}});
  EXPECT_EQ(plain.body, kFiles[3].contents);
  EXPECT_EQ(Header(plain, "Content-Encoding"), "");
  EXPECT_FALSE(plain.gzip) << "two bodies would have one ETag";
  for (const WebResponse& response : {compressed, plain})
    EXPECT_EQ(Header(response, "Vary"), "Accept-Encoding");
  EXPECT_EQ(Header(console->Get("/", {}), "Vary"), "Accept, Accept-Encoding");
}

TEST(ConsoleTest, AFileThatCompressionMakesLargerIsSentAsItIs) {
  const WebResponse response = Make()->Get("/console/logo.svg", kGzip);
  EXPECT_EQ(response.body, "<svg/>");
  EXPECT_EQ(Header(response, "Content-Encoding"), "");
}

TEST(ConsoleTest, ABrowserThatHasThisVersionIsNotSentItAgain) {
  const auto console = Make();
  for (const WebHeaders& encoding : {WebHeaders(), kGzip}) {
    const WebResponse first = console->Get("/console/ui/dom.js", encoding);
    const std::string etag = Header(first, "ETag");
    EXPECT_THAT(etag, AllOf(StartsWith("\""), EndsWith("\"")));
    EXPECT_EQ(Header(first, "Cache-Control"), "no-cache");
    for (const std::string& known : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
      WebHeaders headers = encoding;
      headers.emplace_back("If-None-Match", known);
      const WebResponse again = console->Get("/console/ui/dom.js", headers);
      EXPECT_EQ(again.status, 304) << known;
      EXPECT_EQ(again.body, "");
      for (const char* name : {"ETag", "Cache-Control", "Vary", "Content-Security-Policy"}) {
        EXPECT_EQ(Header(again, name), Header(first, name)) << name;
      }
    }
    WebHeaders headers = encoding;
    headers.emplace_back("If-None-Match", "\"other\"");
    EXPECT_EQ(console->Get("/console/ui/dom.js", headers).status, 200);
  }
}

TEST(ConsoleTest, EveryVersionHasItsOwnETag) {
  const auto console = Make();
  const std::string plain = Header(console->Get("/", {}), "ETag");
  EXPECT_NE(plain, Header(console->Get("/", kGzip), "ETag"));
  EXPECT_NE(plain, Header(console->Get("/console/ui/dom.js", {}), "ETag"));
  EXPECT_NE(plain, Header(Make({.frame_ancestors = {"https://app.example.com"}})->Get("/", {}), "ETag"));
  EXPECT_EQ(plain, Header(Make()->Get("/", {}), "ETag"));
}

TEST(ConsoleTest, ThePageMayDoNothingThatItDoesNotNeed) {
  const auto console = Make();
  for (const char* path : {"/", "/console/style/base.css", "/console/ui/dom.js"}) {
    const WebResponse response = console->Get(path, {});
    EXPECT_EQ(Header(response, "Content-Security-Policy"), kPolicy) << path;
    EXPECT_EQ(Header(response, "Cross-Origin-Opener-Policy"), "same-origin") << path;
    EXPECT_THAT(Header(response, "Permissions-Policy"), HasSubstr("camera=()")) << path;
  }
  EXPECT_EQ(Header(console->Get("/console/logo.svg", {}), "Content-Security-Policy"),
            "default-src 'none'; sandbox; frame-ancestors 'none'");
}

TEST(ConsoleTest, OriginsMayShowItInAFrameIfTheyAreNamed) {
  EXPECT_FALSE(Make()->framed());
  const auto console = Make({.frame_ancestors = {"https://App.example.com:443", "http://localhost:3000"}});
  EXPECT_TRUE(console->framed());
  EXPECT_THAT(Header(console->Get("/", {}), "Content-Security-Policy"),
              EndsWith("; frame-ancestors https://app.example.com http://localhost:3000"));
}

TEST(ConsoleTest, AnAncestorThatIsNoOriginIsRefused) {
  for (const char* wrong : {"*", "app.example.com", "https://app.example.com/page", "https://*.example.com",
                            "https://a.example; script-src *", "'self'", ""}) {
    const auto console = Console::Create({.frame_ancestors = {wrong}}, kFiles);
    EXPECT_TRUE(absl::IsInvalidArgument(console.status())) << wrong;
    EXPECT_THAT(std::string(console.status().message()),
                AllOf(HasSubstr("--console_frame_ancestors"), HasSubstr("https://app.example.com")));
  }
}

TEST(ConsoleTest, WithoutAThemeItsStyleSheetIsEmpty) {
  const WebResponse theme = Make()->Get("/console/theme.css", kGzip);
  EXPECT_EQ(theme.status, 200);
  EXPECT_EQ(theme.body, "");
  EXPECT_EQ(Header(theme, "Content-Type"), "text/css; charset=utf-8");
}

TEST_F(BrandedConsoleTest, TheOperatorsThemeAndLogoTakeTheirPlaces) {
  const std::string png = std::string("\x89PNG\r\n\x1a\n\0pixels", 15);
  const auto console = Make(
      {.theme_file = Write("theme.css", ":root { --accent: #c00 }"), .logo_file = Write("logo.png", png)});
  EXPECT_EQ(console->Get("/console/theme.css", kGzip).body, ":root { --accent: #c00 }");
  const WebResponse logo = console->Get("/console/logo.svg", kGzip);
  EXPECT_EQ(logo.body, png);
  EXPECT_EQ(Header(logo, "Content-Type"), "image/png");
  EXPECT_THAT(Header(logo, "Content-Security-Policy"), HasSubstr("sandbox"));
  EXPECT_NE(Header(logo, "ETag"), Header(Make()->Get("/console/logo.svg", {}), "ETag"));
}

TEST_F(BrandedConsoleTest, AFileThatCannotBeReadIsRefused) {
  const std::string missing = folder_.path() + "/missing";
  for (const Console::Options& options :
       {Console::Options{.theme_file = missing}, Console::Options{.logo_file = missing}}) {
    const auto console = Console::Create(options, kFiles);
    EXPECT_TRUE(absl::IsInvalidArgument(console.status()));
    EXPECT_THAT(std::string(console.status().message()), AllOf(HasSubstr("--console_"), HasSubstr(missing)));
  }
}

}  // namespace
}  // namespace hookd
