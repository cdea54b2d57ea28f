// hookctl deliveries export.
#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;

v1::ListDeliveriesResponse APage(const std::vector<std::string>& ids, const std::string& next) {
  v1::ListDeliveriesResponse page;
  for (const std::string& id : ids) page.add_deliveries()->set_name("projects/shop/deliveries/" + id);
  page.set_next_page_token(next);
  return page;
}

class DeliveryExportTest : public HookctlTest {
 protected:
  DeliveryExportTest() {
    hookd_.deliveries.list.Set(
        [this](const v1::ListDeliveriesRequest& request, v1::ListDeliveriesResponse* page) {
          if (fails_) return grpc::Status(grpc::StatusCode::INTERNAL, "broken");
          *page = request.page_token().empty() ? APage({"d3", "d2"}, "t1") : APage({"d1"}, "");
          fails_ = fails_after_a_page_;
          return grpc::Status::OK;
        });
  }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string Ids() const {
    std::ifstream file(Path("out"));
    std::string ids;
    for (std::string line; std::getline(file, line);) {
      const size_t at = line.find("/deliveries/");
      ids += line.substr(at + 12, 2) + " ";
    }
    return ids;
  }
  Result Export(std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(),
                 {"deliveries", "export", "--file", Path("out"), "--cursor-file", Path("cursor")});
    return Hookctl(std::move(flags));
  }

  hookd::TempDir folder_;
  bool fails_ = false, fails_after_a_page_ = false;
};

TEST_F(DeliveryExportTest, PrintsEveryPage) {
  EXPECT_EQ(Export().code, 0);
  EXPECT_EQ(Ids(), "d3 d2 d1 ");
}

TEST_F(DeliveryExportTest, ContinuesAfterTheLastPageWithTheSameTime) {
  fails_after_a_page_ = true;
  EXPECT_EQ(Export({"--since", "30d", "--state", "failed"}).code, kError);
  fails_ = fails_after_a_page_ = false;
  EXPECT_EQ(Export({"--since", "30d", "--state", "failed"}).code, 0);
  EXPECT_EQ(Ids(), "d3 d2 d1 ");
  const auto requests = hookd_.deliveries.list.requests();
  EXPECT_EQ(requests.back().page_token(), "t1");
  EXPECT_EQ(requests.front().filter(), requests.back().filter());
  EXPECT_THAT(requests.front().filter(), HasSubstr("state = DELIVERY_STATE_FAILED AND create_time >= "));
}

TEST_F(DeliveryExportTest, AnInterruptedExportFailsAndCanBeContinued) {
  hookd_.deliveries.list.Set([calls = 0](const auto&, v1::ListDeliveriesResponse* page) mutable {
    if (++calls == 2) raise(SIGINT);
    *page = APage({"d3"}, "t" + std::to_string(calls));  // without end
    return grpc::Status::OK;
  });
  const Result result = Export();
  EXPECT_EQ(result.code, kError);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("interrupted after "), HasSubstr("run the command again to continue")));
}

TEST_F(DeliveryExportTest, TakesTheFlagsOfContent) {
  EXPECT_EQ(Export({"--email", "ann@example.com"}).code, 0);
  EXPECT_EQ(hookd_.deliveries.list.requests().front().filter(), "user.email = \"ann@example.com\"");
}

TEST_F(DeliveryExportTest, ADirectoryIsNotACursorFile) {
  const Result result = Hookctl({"deliveries", "export", "--cursor-file", folder_.path()});
  EXPECT_EQ(result.code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("cannot be read: Is a directory"));
}

TEST_F(DeliveryExportTest, ACompleteExportIsNotRepeated) {
  EXPECT_EQ(Export().code, 0);
  const Result again = Export();
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.err, HasSubstr("complete"));
  EXPECT_EQ(Ids(), "d3 d2 d1 ");
}

}  // namespace
}  // namespace hookctl
