// The web console as a real hookd serves it, and `hookctl console`.
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hookd/v1/token.pb.h"
#include "tests/integration/web/web_test.h"
#include "web/console/console_files.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
    "frame-ancestors ";
constexpr char kAdmin[] = "hookd_administrators-own-secret";

std::string PathOf(const ConsoleFile& file) {
  return file.path == "index.html" ? "/" : absl::StrCat("/console/", file.path);
}

class WebConsoleTest : public WebTest {
 protected:
  // As a browser asks for the console.
  httplib::Response Get(const std::string& path, httplib::Headers headers = {},
                        const std::string& method = "GET") {
    headers.emplace("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    return Send(method, path, "", std::move(headers));
  }
  std::string WriteFile(const std::string& name, const std::string& contents) const {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << contents;
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }

  // A hookd that requires tokens, and hookctl with that of its administrator.
  void StartWithTokens() {
    Start({"--tokens_file=" + WriteFile("tokens", absl::StrCat(kAdmin, " admin *\n"))});
  }
  ProgramResult Hookctl(std::vector<std::string> arguments, const std::string& secret = kAdmin) {
    arguments.insert(arguments.begin(), {"--server", server_->address(), "--token", secret});
    return RunHookctl(std::move(arguments));
  }
  // The status of a request with that token.
  int StatusWith(const std::string& secret, const std::string& method, const std::string& path) {
    return Send(method, path, "", {{"Authorization", "Bearer " + secret}}).status;
  }

  const TempDir folder_;
};

TEST_F(WebConsoleTest, ServesEveryFileOfTheConsole) {
  Start();
  for (const ConsoleFile& file : ConsoleFiles()) {
    const httplib::Response response = Get(PathOf(file));
    EXPECT_EQ(response.status, 200) << file.path;
    EXPECT_EQ(response.body, std::string(file.contents)) << file.path;
    EXPECT_EQ(response.get_header_value("X-Content-Type-Options"), "nosniff") << file.path;
    EXPECT_EQ(response.get_header_value("Cache-Control"), "no-cache") << file.path;
    EXPECT_EQ(response.get_header_value("Content-Encoding"), "") << file.path;
    if (absl::EndsWith(file.path, ".js")) {
      EXPECT_EQ(response.get_header_value("Content-Type"), "text/javascript; charset=utf-8");
      EXPECT_EQ(response.get_header_value("Content-Security-Policy"), absl::StrCat(kPolicy, "'none'"));
    }
  }
}

TEST_F(WebConsoleTest, CompressesForABrowserAndSendsNothingThatItHas) {
  Start();
  for (const char* path : {"/", "/console/main.js"}) {
    const httplib::Response plain = Get(path);
    const httplib::Response compressed = Get(path, {{"Accept-Encoding", "gzip"}});
    EXPECT_EQ(compressed.get_header_value("Content-Encoding"), "gzip") << path;
    EXPECT_LT(std::stoul(compressed.get_header_value("Content-Length")), plain.body.size()) << path;
    EXPECT_EQ(compressed.body, plain.body) << "httplib decompresses it";
    const std::string etag = compressed.get_header_value("ETag");
    EXPECT_NE(etag, plain.get_header_value("ETag"));
    const httplib::Response known = Get(path, {{"Accept-Encoding", "gzip"}, {"If-None-Match", etag}});
    EXPECT_EQ(known.status, 304) << path;
    EXPECT_EQ(known.body, "");
    EXPECT_EQ(known.get_header_value("ETag"), etag);
  }
}

TEST_F(WebConsoleTest, AnswersHeadAndNoOtherMethod) {
  Start();
  const httplib::Response get = Get("/console/main.js");
  const httplib::Response head = Get("/console/main.js", {}, "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  for (const char* name : {"Content-Length", "Content-Type", "ETag"}) {
    EXPECT_EQ(head.get_header_value(name), get.get_header_value(name)) << name;
  }
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    const httplib::Response response = Get("/console/main.js", {}, method);
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.get_header_value("Allow"), "GET, HEAD, OPTIONS") << method;
  }
}

TEST_F(WebConsoleTest, ServesNoOtherFile) {
  Start();
  for (const char* path :
       {"/console/nothing.js", "/console/", "/console", "/console/index.html", "/console/../main.js",
        "/console/../../../../etc/passwd", "/console/%2e%2e/%2e%2e/etc/passwd",
        "/console/..%2f..%2fetc/passwd", "/console//etc/passwd", "/console/ui/..%5c..%5cmain.js",
        "/console/main.js%00", "/console/package.json", "/console/README.md", "/console/api/types.d.ts"}) {
    const httplib::Response response = Get(path);
    EXPECT_THAT(response.status, ::testing::AnyOf(400, 404)) << path;
    EXPECT_EQ(response.get_header_value("Content-Type"), "application/json") << path;
  }
}

TEST_F(WebConsoleTest, AClientThatIsNoBrowserIsToldWhereTheApiIs) {
  Start();
  EXPECT_THAT(Must("GET", "/"), HasSubstr("/openapi.json"));
  EXPECT_EQ(Get("/").get_header_value("Content-Type"), "text/html; charset=utf-8");
}

TEST_F(WebConsoleTest, IsKeptFromPagesOfOtherSites) {
  Start();
  EXPECT_EQ(Get("/", {{"Host", "rebound.example"}}).status, 403);
  EXPECT_EQ(Get("/console/main.js", {{"Origin", "https://evil.example"}}).status, 403);
  const httplib::Headers frame = {
      {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "iframe"}};
  EXPECT_EQ(Get("/", frame).status, 403);
  const httplib::Response page = Get("/");
  EXPECT_EQ(page.get_header_value("X-Frame-Options"), "DENY");
  EXPECT_EQ(page.get_header_value("Content-Security-Policy"), absl::StrCat(kPolicy, "'none'"));
  EXPECT_EQ(page.get_header_value("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(page.get_header_value("Cross-Origin-Opener-Policy"), "same-origin");
}

TEST_F(WebConsoleTest, AnOriginThatIsNamedMayShowItInAFrame) {
  Start({"--console_frame_ancestors=https://app.example.com,https://other.example"});
  const httplib::Response page = Get(
      "/", {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "iframe"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.get_header_value("Content-Security-Policy"),
            absl::StrCat(kPolicy, "https://app.example.com https://other.example"));
  EXPECT_FALSE(page.has_header("X-Frame-Options"));
  EXPECT_EQ(Send("GET", "/v1/nodes").get_header_value("X-Frame-Options"), "DENY");
}

TEST_F(WebConsoleTest, HasTheOperatorsThemeAndLogo) {
  Start({"--console_theme=" + WriteFile("theme.css", ":root { --accent: #c00 }"),
         "--console_logo=" + WriteFile("logo", "<svg xmlns='http://www.w3.org/2000/svg'/>")});
  EXPECT_EQ(Get("/console/theme.css").body, ":root { --accent: #c00 }");
  const httplib::Response logo = Get("/console/logo.svg");
  EXPECT_THAT(logo.body, StartsWith("<svg"));
  EXPECT_EQ(logo.get_header_value("Content-Security-Policy"),
            "default-src 'none'; sandbox; frame-ancestors 'none'");
}

TEST_F(WebConsoleTest, AWrongOptionEndsTheStart) {
  const std::vector<std::string> flags = {"--listen=127.0.0.1:0", "--http_listen=127.0.0.1:0",
                                          "--data_dir=" + data_.path()};
  for (const char* wrong :
       {"--console_frame_ancestors=*", "--console_theme=/missing.css", "--console_logo=/dev/zero"}) {
    std::vector<std::string> all = flags;
    all.emplace_back(wrong);
    const ProgramResult refused = RunHookd(all);
    EXPECT_EQ(refused.exit_code, 1) << wrong;
    EXPECT_THAT(refused.output, HasSubstr("--console_")) << wrong;
  }
}

TEST_F(WebConsoleTest, IsTurnedOff) {
  Start({"--console=false"});
  EXPECT_EQ(Get("/").get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(Get("/console/main.js").status, 404);
  EXPECT_THAT(server_->printed(), Not(HasSubstr("console available")));
}

TEST_F(WebConsoleTest, TheLogHasItsAddress) {
  Start();
  EXPECT_THAT(server_->printed(),
              HasSubstr(absl::StrCat("console available url=http://127.0.0.1:", port(), "/")));
}

TEST_F(WebConsoleTest, HookctlHasItsAddress) {
  Start();
  const std::string url = absl::StrCat("http://127.0.0.1:", port(), "/");
  const ProgramResult shown = RunHookctl({"--server", server_->address(), "console", "--url", url});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_EQ(shown.output, url + "\n");
  EXPECT_THAT(Get("/").body, StartsWith("<!doctype html>"));
}

TEST_F(WebConsoleTest, ALinkOfHookctlSignsInToItsProjectForAnHour) {
  StartWithTokens();
  const std::string url = absl::StrCat("http://127.0.0.1:", port(), "/");
  const absl::Time before = absl::Now();
  const ProgramResult shown = Hookctl({"--project", "shop", "console", "--url", url});
  ASSERT_EQ(shown.exit_code, 0) << shown.output;
  ASSERT_THAT(shown.output, StartsWith(url + "#token=hookd_"));
  const size_t begin = shown.output.find('=') + 1, end = shown.output.find('&');
  const std::string secret = shown.output.substr(begin, end - begin);
  EXPECT_THAT(shown.output.substr(end), StartsWith("&project=shop\n"));

  EXPECT_EQ(StatusWith(secret, "GET", "/v1/projects/shop/webhooks"), 200);
  EXPECT_EQ(StatusWith(secret, "GET", "/v1/projects/other/webhooks"), 403);
  EXPECT_EQ(StatusWith(secret, "GET", "/v1/tokens"), 403);
  EXPECT_EQ(StatusWith(secret, "DELETE", "/v1/projects/shop"), 403);

  const std::string tokens = Hookctl({"-o", "json", "tokens", "list"}).output;
  EXPECT_THAT(tokens, HasSubstr("hookctl console"));
  const size_t expires = tokens.find("\"expire_time\": \"") + 16;
  absl::Time expire_time;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, tokens.substr(expires, tokens.find('"', expires) - expires),
                              &expire_time, nullptr));
  EXPECT_GT(expire_time, before + absl::Minutes(59));
  EXPECT_LE(expire_time, absl::Now() + absl::Hours(1));
}

TEST_F(WebConsoleTest, ALinkEndsWithItsToken) {
  StartWithTokens();
  const ProgramResult shown =
      Hookctl({"--project", "shop", "-o", "json", "console", "--role", "read", "--expires-in", "1s"});
  ASSERT_EQ(shown.exit_code, 0) << shown.output;
  const size_t begin = shown.output.find("#token=") + 7;
  const std::string secret = shown.output.substr(begin, shown.output.find('&') - begin);
  const absl::Time deadline = absl::Now() + kPatience;
  while (StatusWith(secret, "GET", "/v1/projects/shop/webhooks") == 200 && absl::Now() < deadline) {
  }
  EXPECT_EQ(StatusWith(secret, "GET", "/v1/projects/shop/webhooks"), 401);
}

TEST_F(WebConsoleTest, WhoIsNoAdministratorGetsNoLink) {
  StartWithTokens();
  const ProgramResult anonymous = RunHookctl({"--server", server_->address(), "console"});
  EXPECT_EQ(anonymous.exit_code, 1);
  EXPECT_THAT(anonymous.output, AllOf(HasSubstr("HOOKD_TOKEN"), Not(HasSubstr("#token"))));
  const std::string created =
      Hookctl({"--project", "shop", "-o", "json", "tokens", "create", "--roles", "manage"}).output;
  const size_t begin = created.find("\"secret\": \"") + 11;
  const std::string secret = created.substr(begin, created.find('"', begin) - begin);
  const ProgramResult refused = Hookctl({"--project", "shop", "console"}, secret);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("role admin"), Not(HasSubstr("#token"))));
}

}  // namespace
}  // namespace hookd
