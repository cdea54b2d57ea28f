#include "api/validation/field_path.h"

#include <gtest/gtest.h>

namespace hookd {
namespace {

TEST(FieldPathTest, ReadsAsInCode) {
  const FieldPath root("requests[3].event");
  EXPECT_EQ(root.ToString(), "requests[3].event");
  const FieldPath user = root.Field("user");
  const FieldPath properties = user.Field("properties");
  const FieldPath plan = properties.Key("plan");
  EXPECT_EQ(plan.Index(2).ToString(), "requests[3].event.user.properties[\"plan\"][2]");
}

TEST(FieldPathTest, BeginsWithAFieldIfTheRootIsEmpty) {
  const FieldPath root("");
  EXPECT_EQ(root.Field("parent").ToString(), "parent");
}

TEST(FieldPathTest, EscapesAndAbbreviatesKeys) {
  const FieldPath root("data");
  EXPECT_EQ(root.Key("a\"]\nø").ToString(), "data[\"a\\\"]\\nø\"]");
  EXPECT_EQ(root.Key(std::string(1000, 'k')).ToString(), "data[\"" + std::string(61, 'k') + "...\"]");
}

}  // namespace
}  // namespace hookd
