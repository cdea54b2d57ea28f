// hookctl events export.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.h"
#include "tests/unit/client/hookctl_run.h"
#include "tests/unit/client/watched_events.h"

namespace hookctl {
namespace {

using testing::HasSubstr;

class EventExportTest : public HookctlTest {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Append(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
  }
  Result Export(std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), {"events", "export", "--file", Path("out"), "--cursor-file", Path("cursor")});
    return Hookctl(std::move(flags));
  }

  hookd::TempDir folder_;
};

TEST_F(EventExportTest, PrintsADocumentPerLine) {
  hookd_.events.watches = {{.responses = {AnEvent(1), AnEvent(2), AHeartbeat("c3")}, .end = {}}};
  const Result result = Hookctl({"events", "export"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "{\"n\":1}\n{\"n\":2}\n");
  const auto request = hookd_.events.watch.requests().at(0);
  EXPECT_TRUE(request.until_now());
  EXPECT_TRUE(request.has_start_time());
  EXPECT_EQ(request.start_time().seconds(), 0);
  EXPECT_EQ(request.view(), v1::EVENT_VIEW_DOCUMENT);
}

TEST_F(EventExportTest, PrintsWholeEventsAsJson) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}};
  EXPECT_THAT(Hookctl({"-o", "json", "events", "export"}).out,
              HasSubstr("\"name\":\"projects/shop/events/e1\""));
}

TEST_F(EventExportTest, ContinuesWhereTheLastRunEnded) {
  hookd_.events.watches = {{.responses = {AnEvent(1), AHeartbeat("c2")}, .end = {}},
                           {.responses = {AnEvent(3)}, .end = {}}};
  EXPECT_EQ(Export({"--since", "30d"}).code, 0);
  const Result again = Export({"--since", "30d"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(Read(Path("out")), "{\"n\":1}\n{\"n\":3}\n");
  EXPECT_EQ(hookd_.events.watch.requests().at(1).cursor(), "c2");
}

TEST_F(EventExportTest, CutsWhatWasWrittenAfterTheLastCursor) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}, {.responses = {AnEvent(2)}, .end = {}}};
  EXPECT_EQ(Export().code, 0);
  // As after a kill between the lines and the cursor.
  Append(Path("out"), "{\"n\":2}\n{\"n\":");
  EXPECT_EQ(Export().code, 0);
  EXPECT_EQ(Read(Path("out")), "{\"n\":1}\n{\"n\":2}\n");
}

TEST_F(EventExportTest, ReconnectsWithinARun) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {grpc::StatusCode::UNAVAILABLE, "gone"}},
                           {.responses = {AnEvent(2)}, .end = {}}};
  EXPECT_EQ(Export().code, 0);
  EXPECT_EQ(Read(Path("out")), "{\"n\":1}\n{\"n\":2}\n");
}

TEST_F(EventExportTest, RefusesTheCursorOfAnotherExport) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}};
  EXPECT_EQ(Export().code, 0);
  const Result filter = Export({"--type", "sent"});
  EXPECT_EQ(filter.code, kUsage);
  EXPECT_THAT(filter.err, HasSubstr("belongs to another export: its filter is empty, not event_type"));
  const Result project = RunHookctl({"--server", hookd_.target(), "--project", "other", "events", "export",
                                     "--file", Path("out"), "--cursor-file", Path("cursor")});
  EXPECT_EQ(project.code, kUsage);
  EXPECT_THAT(project.err, HasSubstr("its project is projects/shop, not projects/other"));
  const Result format = Export({"-o", "json"});
  EXPECT_THAT(format.err, HasSubstr("its format is document, not event"));
  EXPECT_EQ(hookd_.events.watch.requests().size(), 1u);
  EXPECT_EQ(Read(Path("out")), "{\"n\":1}\n");
}

TEST_F(EventExportTest, RefusesADamagedCursorFile) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}};
  EXPECT_EQ(Export().code, 0);
  const std::string good = Read(Path("cursor"));
  for (const std::string& bad :
       {std::string(), good.substr(0, good.size() / 2), std::string("{}"), std::string("\xff[")}) {
    std::ofstream(Path("cursor"), std::ios::trunc) << bad;
    const Result result = Export();
    EXPECT_EQ(result.code, kUsage) << bad;
    EXPECT_THAT(result.err, HasSubstr("is damaged, or is not one"));
  }
}

TEST_F(EventExportTest, RefusesAnOutputThatIsNotTheOneOfTheCursor) {
  hookd_.events.watches = {{.responses = {AnEvent(1), AnEvent(2)}, .end = {}}};
  EXPECT_EQ(Export().code, 0);
  std::filesystem::resize_file(Path("out"), 3);
  EXPECT_THAT(Export().err, HasSubstr("is not the one that was exported to"));
  std::ofstream(Path("out"), std::ios::trunc) << "{\"n\":1}\n{\"n\":7}\n and more";
  EXPECT_THAT(Export().err, HasSubstr("is not the one that was exported to"));
  EXPECT_THAT(Read(Path("out")), HasSubstr("and more"));
}

TEST_F(EventExportTest, RefusesToMixItsLinesWithOthers) {
  Append(Path("out"), "something\n");
  const Result result = Export();
  EXPECT_EQ(result.code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("is not empty"));
  EXPECT_EQ(Read(Path("out")), "something\n");
}

TEST_F(EventExportTest, AnInterruptedExportFailsAndCanBeContinued) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {grpc::StatusCode::UNAVAILABLE, "gone"}}};
  const auto interrupt_the_second = [calls = 0](const auto&, auto*) mutable {
    if (++calls == 2) raise(SIGINT);
    return grpc::Status::OK;  // and the stream stays open
  };
  hookd_.events.watch.Set(interrupt_the_second);
  const Result result = Export();
  EXPECT_EQ(result.code, kError);
  EXPECT_THAT(result.err,
              HasSubstr("interrupted after 1 event: the output is not complete; run the command again"));
  EXPECT_EQ(Read(Path("out")), "{\"n\":1}\n");
}

TEST_F(EventExportTest, AnExportThatFollowsEndsWithSuccessOnInterruption) {
  hookd_.events.watch.Set([](const auto&, auto*) {
    raise(SIGINT);
    return grpc::Status::OK;
  });
  const Result result = Export({"--follow"});
  EXPECT_EQ(result.code, 0) << result.err;
}

TEST_F(EventExportTest, ADirectoryIsNotACursorFile) {
  const Result result = Hookctl({"events", "export", "--cursor-file", folder_.path()});
  EXPECT_EQ(result.code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("cannot be read: Is a directory"));
}

TEST_F(EventExportTest, FailsWithTheErrorOfHookd) {
  hookd_.events.watch.Fail({grpc::StatusCode::OUT_OF_RANGE, "events may have been deleted"});
  EXPECT_EQ(Export().code, kError);
}

TEST_F(EventExportTest, FailsIfTheFileCannotBeWritten) {
  EXPECT_EQ(Hookctl({"events", "export", "--file", Path("no/such/folder")}).code, kError);
  EXPECT_EQ(Hookctl({"events", "export", "--cursor-file", Path("no/such/folder")}).code, kError);
}

}  // namespace
}  // namespace hookctl
