#include "rpc/delivery_service.h"

#include "gmock/gmock.h"
#include "tests/unit/rpc/services.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DeliveryServiceTest : public ServicesTest {
 protected:
  std::vector<v1::Delivery> ListWith(const std::string& filter) {
    v1::ListDeliveriesRequest request;
    request.set_parent("projects/p");
    request.set_filter(filter);
    v1::ListDeliveriesResponse response;
    const grpc::Status status = List(request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.deliveries().begin(), response.deliveries().end()};
  }
};

TEST_F(DeliveryServiceTest, ADeliveryIsReadWithItsAttempts) {
  MustCreate();
  const v1::EmitEventResponse emitted = MustEmit();
  HttpResult result;
  result.status = 500;
  result.body = "oops";
  result.first_byte = absl::Microseconds(1500);
  http_->AnswerNext(result);
  v1::GetDeliveryRequest request;
  request.set_name(ListWith("").at(0).name());
  v1::Delivery delivery;
  ASSERT_TRUE(Call(&v1::DeliveryService::Stub::GetDelivery, *delivery_stub_, request, delivery).ok());
  EXPECT_EQ(delivery.event(), emitted.event());
  EXPECT_EQ(delivery.webhook(), "projects/p/webhooks/first");
  EXPECT_EQ(delivery.event_type(), v1::EVENT_TYPE_SENT);
  EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_FAILED);
  EXPECT_EQ(delivery.create_time().seconds(), emitted.emit_time().seconds());
  EXPECT_EQ(delivery.attempt_count(), 1);
  EXPECT_EQ(delivery.response_status(), 500);
  ASSERT_THAT(delivery.attempts(), SizeIs(1));
  EXPECT_EQ(delivery.attempts(0).response_body(), "oops");
  EXPECT_EQ(delivery.attempts(0).first_byte_duration().nanos(), 1'500'000);
}

TEST_F(DeliveryServiceTest, ListsWithEveryFilter) {
  MustCreate("a");
  MustCreate("b");
  const std::string first = MustEmit().event();
  HttpResult ok;
  ok.status = 200;
  http_->AnswerNext(ok);
  clock_.Advance(absl::Hours(1));
  MustEmit();
  EXPECT_THAT(ListWith(""), SizeIs(4));
  EXPECT_THAT(ListWith(R"(webhook = "projects/p/webhooks/a")"), SizeIs(2));
  EXPECT_THAT(ListWith("event = \"" + first + "\""), SizeIs(2));
  EXPECT_THAT(ListWith("event_type = SENT"), SizeIs(4));
  EXPECT_THAT(ListWith("event_type = EVENT_TYPE_OPENED"), IsEmpty());
  EXPECT_THAT(ListWith("state = DELIVERED"), SizeIs(1));
  EXPECT_THAT(ListWith("state = PENDING AND event = \"" + first + "\""), SizeIs(1));
  const std::string time = absl::FormatTime(absl::RFC3339_full, clock_.Now(), absl::UTCTimeZone());
  EXPECT_THAT(ListWith("create_time >= \"" + time + "\""), SizeIs(2));
  EXPECT_THAT(ListWith("create_time < \"" + time + "\""), SizeIs(2));
}

TEST_F(DeliveryServiceTest, ListsInPagesThatSurviveInsertsBetweenThem) {
  MustCreate();
  for (int i = 0; i < 5; ++i) MustEmit();
  v1::ListDeliveriesRequest request;
  request.set_parent("projects/p");
  request.set_page_size(2);
  std::vector<std::string> names;
  v1::ListDeliveriesResponse page;
  do {
    page.Clear();
    ASSERT_TRUE(List(request, page).ok());
    for (const auto& delivery : page.deliveries()) names.push_back(delivery.name());
    request.set_page_token(page.next_page_token());
    MustEmit();
  } while (!page.next_page_token().empty());
  EXPECT_THAT(names, SizeIs(5));
  EXPECT_TRUE(std::is_sorted(names.rbegin(), names.rend()));
}

TEST_F(DeliveryServiceTest, APageTokenIsRefusedWhenTheFilterChanged) {
  MustCreate();
  MustEmit();
  MustEmit();
  v1::ListDeliveriesRequest request;
  request.set_parent("projects/p");
  request.set_page_size(1);
  v1::ListDeliveriesResponse page;
  ASSERT_TRUE(List(request, page).ok());
  request.set_page_token(page.next_page_token());
  request.set_page_size(7);  // may differ
  EXPECT_TRUE(List(request, page).ok());
  request.set_filter("state = PENDING");
  EXPECT_THAT(FieldsOf(List(request, page)), ElementsAre("page_token"));
}

}  // namespace
}  // namespace hookd
