// The table of methods has every method of the API once.
#include <map>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using MethodTableTest = ApiTest;

TEST_F(MethodTableTest, HasEveryMethodOfTheApiOnce) {
  std::multiset<std::string> listed;
  for (const Method& method : api_.methods()) listed.insert(method.descriptor->full_name());
  std::multiset<std::string> all;
  for (const char* name : {"ProjectService", "WebhookService", "EventService", "DeliveryService",
                           "TokenService", "AdminService"}) {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        std::string("hookd.v1.") + name);
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) all.insert(service->method(i)->full_name());
  }
  EXPECT_EQ(listed, all);
}

TEST_F(MethodTableTest, AHandlerIsOfItsMethodsKindAndRequest) {
  for (const Method& method : api_.methods()) {
    const auto& descriptor = *method.descriptor;
    EXPECT_EQ(method.request->GetDescriptor(), descriptor.input_type()) << descriptor.full_name();
    const size_t kind = descriptor.client_streaming() ? 2 : descriptor.server_streaming() ? 1 : 0;
    EXPECT_EQ(method.handler.index(), kind) << descriptor.full_name();
  }
}

}  // namespace
}  // namespace hookd
