// Searches on a real hookd while its index is made, when it is there, and without it.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/integration/watched_hookd.h"

namespace hookd {
namespace {

// More events than a run of the index has.
constexpr int kBatches = 5, kBatchSize = 1000;

class SearchTest : public WatchedHookd {
 protected:
  static std::string Email(int user) { return absl::StrCat("user", user, "@example.com"); }

  // Emits events of as many users. Returns the name of that of user 7.
  std::string EmitAll() {
    std::string seventh;
    for (int batch = 0; batch < kBatches; ++batch) {
      v1::BatchEmitEventsRequest request;
      request.set_parent("projects/p");
      for (int i = 0; i < kBatchSize; ++i) {
        auto& user = *request.add_requests()->mutable_event()->mutable_sent()->mutable_user();
        user.mutable_id()->set_number(batch * kBatchSize + i);
        user.set_email(Email(batch * kBatchSize + i));
      }
      v1::BatchEmitEventsResponse response;
      grpc::ClientContext context;
      const grpc::Status status = events_->BatchEmitEvents(&context, request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      if (batch == 0 && status.ok()) seventh = response.responses(7).event();
    }
    return seventh;
  }

  void ExpectFindsOnly(const std::string& event, const std::string& filter) {
    v1::ListEventsRequest request;
    request.set_parent("projects/p");
    request.set_filter(filter);
    v1::ListEventsResponse response;
    grpc::ClientContext context;
    const grpc::Status status = events_->ListEvents(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(response.events_size(), 1);
    EXPECT_EQ(response.events(0).name(), event);
    EXPECT_EQ(response.next_page_token(), "");
  }
};

TEST_F(SearchTest, FindsTheSameBeforeAndAfterEventsAreIndexedAndWithoutAnIndex) {
  Start();
  const std::string event = EmitAll();
  const std::string filter = absl::StrCat("user.id = 7 AND user.email = \"", Email(7), "\"");
  ExpectFindsOnly(event, filter);
  WaitForValue("hookd_search_indexed_time_seconds", 1);
  ExpectFindsOnly(event, filter);
  EXPECT_EQ(Value("hookd_search_damages_total"), 0);
  Start({}, data_.path());
  ExpectFindsOnly(event, filter);
  Start({"--search_index=off"}, data_.path());
  ExpectFindsOnly(event, filter);
}

}  // namespace
}  // namespace hookd
