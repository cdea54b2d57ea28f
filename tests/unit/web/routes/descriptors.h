// Methods with google.api.http rules, made in a test.
#ifndef HOOKD_TESTS_UNIT_WEB_ROUTES_DESCRIPTORS_H_
#define HOOKD_TESTS_UNIT_WEB_ROUTES_DESCRIPTORS_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace hookd {

// Methods M0, M1, ... of the service test.S, one for each rule (an HttpRule as text; none if it is empty).
// They take test.Request, which has the fields name, size (numbers), names (repeated), child (a Request) and
// children (repeated).
class TestMethods {
 public:
  explicit TestMethods(const std::vector<std::string>& rules, absl::string_view method_extra = "") {
    std::string text = R"pb(
      name: "test.proto"
      package: "test"
      syntax: "proto3"
      dependency: "google/api/annotations.proto"
      message_type {
        name: "Request"
        field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
        field { name: "size" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
        field { name: "names" number: 3 type: TYPE_STRING label: LABEL_REPEATED }
        field { name: "child" number: 4 type: TYPE_MESSAGE type_name: ".test.Request" label: LABEL_OPTIONAL }
        field {
          name: "children"
          number: 5
          type: TYPE_MESSAGE
          type_name: ".test.Request"
          label: LABEL_REPEATED
        }
      })pb";
    absl::StrAppend(&text, " service { name: 'S' ");
    for (size_t i = 0; i < rules.size(); ++i) {
      absl::StrAppend(&text, "method { name: 'M", i,
                      "' input_type: '.test.Request' output_type: '.test.Request' ", method_extra);
      if (!rules[i].empty()) absl::StrAppend(&text, " options { [google.api.http] { ", rules[i], " } }");
      absl::StrAppend(&text, " }");
    }
    absl::StrAppend(&text, " }");
    google::protobuf::FileDescriptorProto file;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &file)) << text;
    google::api::HttpRule::default_instance();  // links annotations.proto
    const auto* built = pool_.BuildFile(file);
    EXPECT_NE(built, nullptr) << text;
    for (size_t i = 0; i < rules.size(); ++i) list_.push_back(built->service(0)->method(static_cast<int>(i)));
  }

  const std::vector<const google::protobuf::MethodDescriptor*>& list() const { return list_; }

 private:
  google::protobuf::DescriptorPool pool_{google::protobuf::DescriptorPool::generated_pool()};
  std::vector<const google::protobuf::MethodDescriptor*> list_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_WEB_ROUTES_DESCRIPTORS_H_
