// Settings from flags, environment variables and the configuration file, with the real flags of hookd.
#include "settings.h"

#include <stdlib.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "command_line/command_line.h"
#include "flags.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Sets an environment variable during its lifetime.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_.c_str()); }

 private:
  const std::string name_;
};

// A command line with hookd's flags and some flags that are added later.
class Line {
 public:
  Line() {
    AddFlags(app_, options_);
    app_.add_option("--added_later", added_later_, "what another hand adds");
    app_.add_option("--added_list", added_list_, "several")->delimiter(',');
    app_.add_flag("--added_switch", added_switch_, "on or off");
  }

  // Parses the settings and returns the error; empty if there is none.
  std::string Parse(const std::vector<std::string>& flags) {
    AddSources(app_);
    try {
      command_line::Parse(app_, flags);
    } catch (const CLI::ParseError& error) {
      return absl::StrCat(error.get_name(), ": ", command_line::Describe(app_, error));
    }
    return "";
  }

  Server::Options options_;
  std::string added_later_;
  std::vector<std::string> added_list_;
  bool added_switch_ = false;
  CLI::App app_{"", "hookd"};
};

class SettingsTest : public ::testing::Test, protected Line {
 protected:
  std::string WriteFile(const std::string& text) {
    const std::string path = dir_.path() + "/hookd.conf";
    std::ofstream(path) << text;
    return path;
  }

  TempDir dir_;
};

TEST_F(SettingsTest, AreFlags) {
  EXPECT_EQ(Parse({"--data_dir=/flag"}), "");
  EXPECT_EQ(options_.data_dir, "/flag");
}

TEST_F(SettingsTest, TakeDashesAndUnderscoresAlike) {
  EXPECT_EQ(Parse({"--data-dir=/flag", "--egress_allow", "10.0.0.0/8", "--egress-deny", "--a_b-c"}), "");
  EXPECT_EQ(options_.data_dir, "/flag");
  EXPECT_THAT(options_.egress.allow, ::testing::ElementsAre("10.0.0.0/8"));
  EXPECT_THAT(options_.egress.deny, ::testing::ElementsAre("--a_b-c"));
}

TEST_F(SettingsTest, TakeDashesAndUnderscoresAlikeInTheFile) {
  const std::string file = WriteFile("data-dir = /file\nadded_switch = true\nmax-store_bytes = 1kB\n");
  EXPECT_EQ(Parse({"--config", file}), "");
  EXPECT_EQ(options_.data_dir, "/file");
  EXPECT_TRUE(added_switch_);
  EXPECT_EQ(options_.max_store_bytes, 1024);
  Line other;
  EXPECT_THAT(other.Parse({"--config", WriteFile("data-dir = /one\ndata_dir = /other\n")}),
              HasSubstr("line 2: duplicate setting: data_dir = /other"));
}

TEST_F(SettingsTest, TheEnvironmentOverridesALineThatIsWrittenWithDashes) {
  const Variable data("HOOKD_DATA_DIR", "/environment");
  EXPECT_EQ(Parse({"--config", WriteFile("data-dir = /file\n")}), "");
  EXPECT_EQ(options_.data_dir, "/environment");
}

TEST_F(SettingsTest, AnUnknownFlagIsAnErrorThatNamesTheNearest) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
      {{"--listn", ":1"}, "unknown flag --listn; did you mean --listen?"},
      {{"--egress-alow=10.0.0.1"}, "unknown flag --egress-alow; did you mean --egress_allow?"},
      {{"--no_such_thing"}, "unknown flag --no_such_thing"},
      {{"-x"}, "unknown flag -x"},
      {{"serve"}, "unexpected argument serve"}};
  for (const auto& [flags, error] : lines) {
    Line line;
    EXPECT_EQ(line.Parse(flags), "hookd: " + error);
  }
}

// What a setting shows: its value and its default.
std::pair<std::string, std::string> Shown(const CLI::App& app, const std::string& name) {
  for (const Setting& setting : ReadSettings(app)) {
    if (setting.name == name) return {setting.value, setting.default_value};
  }
  return {"no such setting", ""};
}

TEST_F(SettingsTest, AreShownWithTheValuesInEffect) {
  const Variable lease("HOOKD_LEASE", "90");
  const std::string file = WriteFile("log_level = \"debug\"\n");
  EXPECT_EQ(Parse({"--egress_allow=10.0.0.0/8", "--egress_allow=127.0.0.1", "--max_store_bytes=5kb",
                   "--require_tokens", "--retention=720h", "--config=" + file}),
            "");
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(Shown(app_, "egress_allow"), Pair("10.0.0.0/8,127.0.0.1", ""));
  EXPECT_EQ(Shown(app_, "max_store_bytes"), Pair("5120", "0"));
  EXPECT_EQ(Shown(app_, "require_tokens"), Pair("true", "false"));
  EXPECT_EQ(Shown(app_, "egress_http2"), Pair("false", "false"));
  EXPECT_EQ(Shown(app_, "retention"), Pair("30d", "30d")) << "the default, though it is written differently";
  EXPECT_EQ(Shown(app_, "lease"), Pair("1m30s", "10s"));
  EXPECT_EQ(Shown(app_, "log_level"), Pair("debug", "info"));
  EXPECT_EQ(Shown(app_, "data_dir"), Pair("./data", "./data"));
  EXPECT_EQ(Shown(app_, "config"), Pair(file, ""));
  EXPECT_EQ(Shown(app_, "help").first, "no such setting");
}

TEST_F(SettingsTest, AreShownWithoutPasswords) {
  EXPECT_EQ(Parse({"--store=postgresql://me:s3cret@db.internal:5432/hookd?sslpassword=s3cret",
                   "--egress_proxy=http://user:s3c@ret@proxy.internal:3128"}),
            "");
  EXPECT_EQ(Shown(app_, "store").first, "PostgreSQL at db.internal:5432/hookd");
  EXPECT_EQ(Shown(app_, "egress_proxy").first, "http://[redacted]@proxy.internal:3128");
  for (const Setting& setting : ReadSettings(app_)) {
    EXPECT_THAT(setting.value, ::testing::Not(HasSubstr("s3c"))) << setting.name;
  }
}

TEST_F(SettingsTest, MayBeEmpty) {
  options_.metrics_listen = "default";
  EXPECT_EQ(Parse({"--metrics_listen=", "--data_dir=/a=", "--added_later", "="}), "");
  EXPECT_EQ(options_.metrics_listen, "");
  EXPECT_EQ(options_.data_dir, "/a=");
  EXPECT_EQ(added_later_, "=");
}

TEST_F(SettingsTest, AreVariablesOfTheEnvironment) {
  const Variable data("HOOKD_DATA_DIR", "/environment");
  const Variable retention("HOOKD_RETENTION", "3d");
  EXPECT_EQ(Parse({}), "");
  EXPECT_EQ(options_.data_dir, "/environment");
  EXPECT_EQ(options_.retention, absl::Hours(72));
}

TEST_F(SettingsTest, AreLinesOfTheFile) {
  const std::string file = WriteFile(
      "# a comment\n\ndata_dir = \"/with a blank\"\n  retention=2h\nmax_store_bytes = 5GiB\n"
      "added_list = [\"a\", \"b\"]\nadded_switch = true\n");
  EXPECT_EQ(Parse({"--config", file}), "");
  EXPECT_EQ(options_.data_dir, "/with a blank");
  EXPECT_EQ(options_.retention, absl::Hours(2));
  EXPECT_EQ(options_.max_store_bytes, int64_t{5} << 30);
  EXPECT_THAT(added_list_, ::testing::ElementsAre("a", "b"));
  EXPECT_TRUE(added_switch_);
}

TEST_F(SettingsTest, AFlagHoldsBeforeTheEnvironmentAndThatBeforeTheFile) {
  const std::string file = WriteFile("listen = file:1\ndata_dir = /file\ntls_ca = /file\n");
  const Variable listen("HOOKD_LISTEN", "environment:1");
  const Variable data("HOOKD_DATA_DIR", "/environment");
  EXPECT_EQ(Parse({"--config", file, "--listen=flag:1"}), "");
  EXPECT_EQ(options_.listen.address, "flag:1");
  EXPECT_EQ(options_.data_dir, "/environment");
  EXPECT_EQ(options_.tls_ca, "/file");
}

TEST_F(SettingsTest, TheFileCanBeNamedByTheEnvironment) {
  const Variable config("HOOKD_CONFIG", WriteFile("data_dir = /file\n"));
  EXPECT_EQ(Parse({}), "");
  EXPECT_EQ(options_.data_dir, "/file");
}

TEST_F(SettingsTest, AFileThatIsNotThereIsAnError) {
  EXPECT_THAT(Parse({"--config", "/no/such/file"}), HasSubstr("/no/such/file"));
}

TEST_F(SettingsTest, AFileThatIsNotThereIsAnErrorFromTheEnvironmentToo) {
  const Variable config("HOOKD_CONFIG", "/no/such/file");
  EXPECT_THAT(Parse({}), HasSubstr("/no/such/file"));
}

TEST_F(SettingsTest, AnUnknownLineIsAnErrorThatNamesIt) {
  const std::string file = WriteFile("data_dir = /file\n# comment\ndata_dri = /typo\n");
  EXPECT_THAT(Parse({"--config", file}),
              HasSubstr(file + ", line 3: unknown setting: data_dri = /typo; did you mean data_dir?"));
}

TEST_F(SettingsTest, ALineThatSetsTheSameAgainIsAnErrorThatNamesIt) {
  const std::string file = WriteFile("data_dir = /one\ndata_dir = /other\n");
  EXPECT_THAT(Parse({"--config", file}), HasSubstr("line 2: duplicate setting: data_dir = /other"));
}

TEST_F(SettingsTest, NeitherSectionsNorWordsNorFlagsOfOneRunAreSettings) {
  for (const std::string line : {"[server]", "data_dir", "help = true", "version = true", "config = x"}) {
    Line other;
    EXPECT_THAT(other.Parse({"--config", WriteFile(line + "\n")}), HasSubstr("line 1: unknown setting"));
  }
}

TEST_F(SettingsTest, ABadValueIsRefusedWhereverItStands) {
  const std::string file = WriteFile("retention = soon\n");
  EXPECT_THAT(Parse({"--config", file}), HasSubstr("must be a duration"));
  const Variable retention("HOOKD_MAX_WAITING_DELIVERIES", "none");
  Line other;
  EXPECT_NE(other.Parse({}), "");
}

TEST_F(SettingsTest, EgressIsByHttp1AndTheSystemsNameServersUnlessSaidOtherwise) {
  EXPECT_EQ(Parse({}), "");
  EXPECT_FALSE(options_.egress_http2);
  EXPECT_THAT(options_.egress_name_servers, ::testing::IsEmpty());
  EXPECT_EQ(options_.egress_connection_lifetime, absl::Minutes(2));
  Line other;
  EXPECT_EQ(other.Parse({"--egress_http2", "--egress_name_servers=10.0.0.2,[fd00::2]:5353",
                         "--egress_connection_lifetime=24h"}),
            "");
  EXPECT_TRUE(other.options_.egress_http2);
  EXPECT_THAT(other.options_.egress_name_servers, ::testing::ElementsAre("10.0.0.2", "[fd00::2]:5353"));
  EXPECT_EQ(other.options_.egress_connection_lifetime, absl::Hours(24));
}

TEST_F(SettingsTest, TheConsoleIsOnUnlessSaidOtherwise) {
  EXPECT_EQ(Parse({}), "");
  EXPECT_TRUE(options_.console);
  EXPECT_THAT(options_.console_frame_ancestors, ::testing::IsEmpty());
  EXPECT_THAT(SettingsTable(app_), HasSubstr("| `--console` | `HOOKD_CONSOLE` | `true` |"));
  Line off;
  EXPECT_EQ(off.Parse({"--console=false", "--console_frame_ancestors=https://a.example,https://b.example",
                       "--console_theme=/theme.css", "--console_logo=/logo.png"}),
            "");
  EXPECT_FALSE(off.options_.console);
  EXPECT_THAT(off.options_.console_frame_ancestors,
              ::testing::ElementsAre("https://a.example", "https://b.example"));
  EXPECT_EQ(off.options_.console_theme, "/theme.css");
  EXPECT_EQ(off.options_.console_logo, "/logo.png");
  const std::string config = WriteFile("console = false\n");
  Line file;
  EXPECT_EQ(file.Parse({"--config=" + config}), "");
  EXPECT_FALSE(file.options_.console);
  Line wrong;
  EXPECT_NE(wrong.Parse({"--console=perhaps"}), "");
}

TEST_F(SettingsTest, ALifetimeOfConnectionsOutsideItsBoundsIsRefused) {
  for (const char* lifetime : {"0", "999ms", "25h", ""}) {
    Line line;
    EXPECT_THAT(line.Parse({"--egress_connection_lifetime", lifetime}), HasSubstr("from 1s to 24h"))
        << lifetime;
  }
}

TEST_F(SettingsTest, ANumberOfBytesThatIsNoneIsRefused) {
  for (const char* bytes : {"-1", "9223372036854775808", "20EiB", "1.5GB", "much", ""}) {
    Line line;
    EXPECT_NE(line.Parse({"--max_store_bytes", bytes}), "") << bytes;
    EXPECT_EQ(line.options_.max_store_bytes, Server::Options().max_store_bytes) << bytes;
  }
}

TEST_F(SettingsTest, WhatIsAddedAsAFlagHasItsVariableItsLineAndItsRow) {
  const Variable later("HOOKD_ADDED_LATER", "here");
  const Variable list("HOOKD_ADDED_LIST", "a,b");
  EXPECT_EQ(Parse({}), "");
  EXPECT_EQ(added_later_, "here");
  EXPECT_THAT(added_list_, ::testing::ElementsAre("a", "b"));
  EXPECT_THAT(SettingsTable(app_),
              HasSubstr("| `--added_later` | `HOOKD_ADDED_LATER` |  | what another hand adds |\n"));
  EXPECT_THAT(app_.help(), AllOf(HasSubstr("HOOKD_ADDED_LATER"), HasSubstr("what another hand adds")));
}

TEST_F(SettingsTest, TheTableHasEverySettingThatTheHelpHasAndNoMore) {
  EXPECT_EQ(Parse({}), "");
  const std::string table = SettingsTable(app_), help = app_.help();
  for (const CLI::Option* option : app_.get_options()) {
    const std::string name = absl::StrCat("--", option->get_lnames().front());
    const bool of_one_run = name == "--help" || name == "--version" || name == "--settings_table";
    EXPECT_EQ(absl::StrContains(table, absl::StrCat("| `", name, "` |")), !of_one_run) << name;
    EXPECT_EQ(absl::StrContains(help, name), name != "--settings_table") << name;
  }
}

}  // namespace
}  // namespace hookd
