#include "hookctl/color.h"

#include <cstdlib>

#include "hookctl/output.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kEscape[] = "\x1b[";

// Without the variables that decide about colours, whatever the tests run in.
class ColorTest : public HookctlTest {
 protected:
  void SetUp() override {
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    v1::ListDeliveriesResponse list;
    AddDelivery(list, v1::DELIVERY_STATE_DELIVERED, 204, "");
    AddDelivery(list, v1::DELIVERY_STATE_FAILED, 503, "the endpoint responded with 503");
    AddDelivery(list, v1::DELIVERY_STATE_PENDING, 0, "");
    hookd_.deliveries.list.Respond(list);
  }

  void TearDown() override { setenv("NO_COLOR", "1", 1); }

  static void AddDelivery(v1::ListDeliveriesResponse& list, v1::DeliveryState state, int status,
                          const std::string& error) {
    v1::Delivery& delivery = *list.add_deliveries();
    delivery.set_name("projects/shop/deliveries/d");
    delivery.set_state(state);
    delivery.set_response_status(status);
    delivery.set_error(error);
  }
};

TEST_F(ColorTest, StatesStatusesAndErrorsAreColouredOnATerminal) {
  const Result result = Hookctl({"deliveries", "list"}, "", 400);
  EXPECT_THAT(result.out, HasSubstr("\x1b[32mdelivered\x1b[0m"));
  EXPECT_THAT(result.out, HasSubstr("\x1b[31mfailed\x1b[0m"));
  EXPECT_THAT(result.out, HasSubstr("\x1b[36mpending\x1b[0m"));
  EXPECT_THAT(result.out, HasSubstr("\x1b[32m204\x1b[0m"));
  EXPECT_THAT(result.out, HasSubstr("\x1b[31m503\x1b[0m"));
  EXPECT_THAT(result.out, HasSubstr("\x1b[31mthe endpoint responded with 503\x1b[0m"));
}

TEST_F(ColorTest, ColoursDoNotMoveColumns) {
  std::string plain = Hookctl({"--color", "always", "deliveries", "list"}, "", 400).out;
  for (size_t at; (at = plain.find(kEscape)) != std::string::npos;) {
    plain.erase(at, plain.find('m', at) - at + 1);
  }
  EXPECT_EQ(plain, Hookctl({"--color", "never", "deliveries", "list"}, "", 400).out);
}

TEST_F(ColorTest, ALineThatIsCutEndsItsColour) {
  for (int width = 20; width < 140; ++width) {
    const std::string out = Hookctl({"deliveries", "list"}, "", width).out;
    size_t begun = 0;
    size_t ended = 0;
    for (size_t at = 0; (at = out.find(kEscape, at)) != std::string::npos; ++at) {
      ++(out.compare(at, 4, "\x1b[0m") == 0 ? ended : begun);
    }
    EXPECT_EQ(begun, ended) << width;
  }
}

TEST_F(ColorTest, ACellThatIsCutKeepsItsColour) {
  Table table({"STATE", "ERROR"});
  table.Add({"disabled since 2026-01-31 12:00:00Z: requested by a client", std::string(200, 'x')});
  std::ostringstream out;
  SetColors(out, true);
  table.Print(out, 40);
  EXPECT_THAT(out.str(), HasSubstr("\x1b[33mdisabled"));
  EXPECT_THAT(out.str(), HasSubstr("\x1b[31mxxx"));
}

TEST_F(ColorTest, PipesHaveNone) {
  EXPECT_THAT(Hookctl({"deliveries", "list"}).out, Not(HasSubstr(kEscape)));
  EXPECT_THAT(Hookctl({"deliveries", "lst"}).err, Not(HasSubstr(kEscape)));
}

TEST_F(ColorTest, EachStreamIsJudgedAlone) {
  hookd_.deliveries.list.Fail({grpc::StatusCode::NOT_FOUND, "not there"});
  const Result result = Hookctl({"deliveries", "list"}, "", 0, 80);
  EXPECT_THAT(result.err, HasSubstr("\x1b[31merror:\x1b[0m NOT_FOUND: not there"));
}

TEST_F(ColorTest, NoColorAndADumbTerminalTurnThemOff) {
  setenv("NO_COLOR", "1", 1);
  EXPECT_THAT(Hookctl({"deliveries", "list"}, "", 200).out, Not(HasSubstr(kEscape)));
  EXPECT_THAT(Hookctl({"--color=always", "deliveries", "list"}, "", 200).out, HasSubstr(kEscape));
  setenv("NO_COLOR", "", 1);  // an empty value means nothing: https://no-color.org
  EXPECT_THAT(Hookctl({"deliveries", "list"}, "", 200).out, HasSubstr(kEscape));
  setenv("TERM", "dumb", 1);
  EXPECT_THAT(Hookctl({"deliveries", "list"}, "", 200).out, Not(HasSubstr(kEscape)));
}

TEST_F(ColorTest, TheFlagOverridesTheTerminal) {
  EXPECT_THAT(Hookctl({"--color", "always", "deliveries", "list"}).out, HasSubstr(kEscape));
  EXPECT_THAT(Hookctl({"--color", "never", "deliveries", "list"}, "", 200).out, Not(HasSubstr(kEscape)));
  EXPECT_EQ(Hookctl({"--color", "sometimes", "deliveries", "list"}).code, kUsage);
}

TEST_F(ColorTest, JsonHasNone) {
  EXPECT_THAT(Hookctl({"-o", "json", "--color", "always", "deliveries", "list"}, "", 200).out,
              Not(HasSubstr(kEscape)));
  hookd_.deliveries.list.Fail({grpc::StatusCode::NOT_FOUND, "not there"});
  EXPECT_THAT(Hookctl({"-o", "json", "--color", "always", "deliveries", "list"}, "", 200, 200).err,
              Not(HasSubstr(kEscape)));
}

TEST(ColorOfTest, AStateCanHaveDetails) {
  EXPECT_EQ(ColorOf("State", "disabled since 2026-01-31 12:00:00Z: requested by a client"), Color::kYellow);
  EXPECT_EQ(ColorOf("HEALTH", "failing"), Color::kRed);
  EXPECT_EQ(ColorOf("CIRCUIT", "half-open"), Color::kYellow);
  EXPECT_EQ(ColorOf("URL", "failed"), Color::kNone);
  EXPECT_EQ(ColorOf("ERROR", "-"), Color::kNone);
}

}  // namespace
}  // namespace hookctl
