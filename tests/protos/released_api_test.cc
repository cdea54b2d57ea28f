// What callers have built against stays: every message, field, enum value and method of protos/released.binpb
// is still there, under its number and name, with its type. protos/README.md says how a release renews that
// file.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "google/api/annotations.pb.h"
#include "openapi/descriptor_set.h"

namespace hookd::v1 {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

FileDescriptorSet Released() { return ReadDescriptorSet(HOOKD_SOURCE_DIR "/protos/released.binpb"); }
FileDescriptorSet Current() { return ReadDescriptorSet(HOOKD_BINARY_DIR "/protos/hookd.binpb"); }

// All that generated code and the wire know of a field.
std::string Shape(const FieldDescriptor& field) {
  std::string shape = field.name() + " = " + std::to_string(field.number()) + " " + field.type_name();
  if (field.message_type() != nullptr) shape += " " + field.message_type()->full_name();
  if (field.enum_type() != nullptr) shape += " " + field.enum_type()->full_name();
  if (field.is_repeated()) shape += " repeated";
  if (field.has_optional_keyword()) shape += " optional";
  if (field.real_containing_oneof() != nullptr) shape += " in oneof " + field.real_containing_oneof()->name();
  return shape + " as " + field.json_name();
}

// Of its additional bindings, the first `bindings`: more of them may be added.
std::string Shape(const MethodDescriptor& method, int bindings) {
  google::api::HttpRule rule = method.options().GetExtension(google::api::http);
  while (rule.additional_bindings_size() > bindings) rule.mutable_additional_bindings()->RemoveLast();
  return method.name() + "(" + (method.client_streaming() ? "stream " : "") +
         method.input_type()->full_name() + ") " + (method.server_streaming() ? "stream " : "") +
         method.output_type()->full_name() + " " + rule.ShortDebugString();
}

std::string PackagesOfLanguages(const FileDescriptor& file) {
  return file.options().go_package() + " " + file.options().java_package() +
         (file.options().java_multiple_files() ? " in files" : "");
}

// Finds what was released and is no more, or is otherwise: a line each.
class Comparison {
 public:
  Comparison(const FileDescriptorSet& released, const FileDescriptorSet& current) {
    Build(released, &released_);
    Build(current, &current_);
    for (const auto& file : released.file()) {
      if (file.package() == "hookd.v1") CompareFile(*released_.FindFileByName(file.name()));
    }
  }

  const std::vector<std::string>& differences() const { return differences_; }

 private:
  static void Build(const FileDescriptorSet& files, DescriptorPool* pool) {
    for (const auto& file : files.file()) EXPECT_NE(pool->BuildFile(file), nullptr) << file.name();
  }

  void Expect(const std::string& what, const std::string& was, const std::string& is) {
    if (was != is) differences_.push_back(what + ": was " + was + ", is " + (is.empty() ? "gone" : is));
  }

  void CompareFile(const FileDescriptor& was) {
    const FileDescriptor* is = current_.FindFileByName(was.name());
    Expect(was.name(), PackagesOfLanguages(was), is == nullptr ? "" : PackagesOfLanguages(*is));
    for (int i = 0; i < was.message_type_count(); ++i) CompareMessage(*was.message_type(i));
    for (int i = 0; i < was.enum_type_count(); ++i) CompareEnum(*was.enum_type(i));
    for (int i = 0; i < was.service_count(); ++i) CompareService(*was.service(i));
  }

  void CompareMessage(const Descriptor& was) {
    const Descriptor* is = current_.FindMessageTypeByName(was.full_name());
    Expect(was.full_name(), was.file()->name(), is == nullptr ? "" : is->file()->name());
    if (is == nullptr) return;
    for (int i = 0; i < was.field_count(); ++i) {
      const FieldDescriptor* field = is->FindFieldByNumber(was.field(i)->number());
      Expect(was.field(i)->full_name(), Shape(*was.field(i)), field == nullptr ? "" : Shape(*field));
    }
    for (int i = 0; i < was.nested_type_count(); ++i) CompareMessage(*was.nested_type(i));
    for (int i = 0; i < was.enum_type_count(); ++i) CompareEnum(*was.enum_type(i));
  }

  void CompareEnum(const EnumDescriptor& was) {
    const EnumDescriptor* is = current_.FindEnumTypeByName(was.full_name());
    Expect(was.full_name(), was.file()->name(), is == nullptr ? "" : is->file()->name());
    if (is == nullptr) return;
    for (int i = 0; i < was.value_count(); ++i) {
      const auto* value = is->FindValueByNumber(was.value(i)->number());
      Expect(was.full_name() + " " + std::to_string(was.value(i)->number()), was.value(i)->name(),
             value == nullptr ? "" : value->name());
    }
  }

  void CompareService(const ServiceDescriptor& was) {
    const ServiceDescriptor* is = current_.FindServiceByName(was.full_name());
    for (int i = 0; i < was.method_count(); ++i) {
      const MethodDescriptor* method = is == nullptr ? nullptr : is->FindMethodByName(was.method(i)->name());
      const int bindings =
          was.method(i)->options().GetExtension(google::api::http).additional_bindings_size();
      Expect(was.method(i)->full_name(), Shape(*was.method(i), bindings),
             method == nullptr ? "" : Shape(*method, bindings));
    }
  }

  DescriptorPool released_;
  DescriptorPool current_;
  std::vector<std::string> differences_;
};

std::vector<std::string> DifferencesAfter(void (*change)(google::protobuf::FileDescriptorProto*)) {
  FileDescriptorSet current = Current();
  for (auto& file : *current.mutable_file()) {
    if (file.name() == "hookd/v1/event.proto") change(&file);
    if (file.name() == "hookd/v1/event_service.proto") change(&file);
  }
  return Comparison(Released(), current).differences();
}

google::protobuf::DescriptorProto* FindMessage(google::protobuf::FileDescriptorProto* file,
                                               const std::string& name) {
  for (auto& message : *file->mutable_message_type()) {
    if (message.name() == name) return &message;
  }
  return nullptr;
}

TEST(ReleasedApiTest, IsStillThere) {
  const FileDescriptorSet released = Released();
  ASSERT_GT(released.file_size(), 0);
  EXPECT_THAT(Comparison(released, Current()).differences(), IsEmpty())
      << "callers have built against this: add, but never change or take away";
}

TEST(ReleasedApiTest, MayBeAddedTo) {
  EXPECT_THAT(DifferencesAfter([](google::protobuf::FileDescriptorProto* file) {
                auto* user = FindMessage(file, "User");
                if (user == nullptr) return;
                auto* field = user->add_field();
                field->set_name("nickname");
                field->set_number(1000);
                field->set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
              }),
              IsEmpty());
}

TEST(ReleasedApiTest, MissesAFieldThatIsRenamed) {
  EXPECT_THAT(
      DifferencesAfter([](google::protobuf::FileDescriptorProto* file) {
        auto* campaign = FindMessage(file, "Campaign");
        if (campaign != nullptr) campaign->mutable_field(2)->set_name("title");
      }),
      ElementsAre(HasSubstr("hookd.v1.Campaign.name: was name = 3 string optional as name, is title = 3")));
}

TEST(ReleasedApiTest, MissesAFieldThatIsRenumbered) {
  EXPECT_THAT(
      DifferencesAfter([](google::protobuf::FileDescriptorProto* file) {
        auto* campaign = FindMessage(file, "Campaign");
        if (campaign != nullptr) campaign->mutable_field(2)->set_number(1000);
      }),
      ElementsAre(HasSubstr("hookd.v1.Campaign.name: was name = 3 string optional as name, is gone")));
}

TEST(ReleasedApiTest, MissesAnEnumValueThatIsGone) {
  EXPECT_THAT(DifferencesAfter([](google::protobuf::FileDescriptorProto* file) {
                if (file->enum_type_size() > 0) file->mutable_enum_type(0)->mutable_value()->RemoveLast();
              }),
              ElementsAre(HasSubstr("hookd.v1.EventType 12: was EVENT_TYPE_USER_UPDATED, is gone")));
}

TEST(ReleasedApiTest, MissesAMethodThatIsGone) {
  EXPECT_THAT(
      DifferencesAfter([](google::protobuf::FileDescriptorProto* file) {
        if (file->service_size() > 0) file->mutable_service(0)->mutable_method()->DeleteSubrange(0, 1);
      }),
      ElementsAre(HasSubstr("hookd.v1.EventService.EmitEvent: was EmitEvent(hookd.v1.EmitEventRequest)")));
}

}  // namespace
}  // namespace hookd::v1
