#include "api/conversion/page.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "hookd/v1/webhook.pb.h"

namespace hookd {
namespace {

// Returns how many of `found` items of that size a page has.
size_t Fill(size_t found, int page_size, size_t bytes) {
  google::protobuf::RepeatedPtrField<v1::Webhook> page;
  const size_t count = FillPage(found, page_size, page, [bytes](size_t i, v1::Webhook& proto) {
    proto.set_name(std::to_string(i));
    proto.set_tls_ca(std::string(bytes, 'c'));
  });
  EXPECT_EQ(static_cast<size_t>(page.size()), count);
  if (count > 0) EXPECT_EQ(page[page.size() - 1].name(), std::to_string(count - 1));
  return count;
}

TEST(PageTest, HasWhatWasFoundUpToItsSize) {
  EXPECT_EQ(Fill(0, 10, 1), 0U);
  EXPECT_EQ(Fill(10, 10, 1), 10U);
  EXPECT_EQ(Fill(11, 10, 1), 10U);
}

TEST(PageTest, HasNoMoreThanAClientTakes) {
  constexpr size_t kItem = 64 * 1024;
  const size_t count = Fill(1000, 1000, kItem);
  EXPECT_LE(count * kItem, limits::kMaxPageBytes);
  EXPECT_GT((count + 1) * (kItem + 100), limits::kMaxPageBytes);
}

TEST(PageTest, HasOneAtLeast) { EXPECT_EQ(Fill(3, 10, limits::kMaxPageBytes + 1), 1U); }

}  // namespace
}  // namespace hookd
