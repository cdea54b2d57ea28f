// JSON Schemas of messages by protobuf's canonical mapping to JSON.
//
// A message is described up to three times, because its fields mean different things: as hookd writes it, as
// callers send it, and as callers send it in an update, where no field is required. What hookd writes may
// have more members in a later version; what callers send may have no unknown ones.
//
// Not thread-safe.
#ifndef HOOKD_OPENAPI_MESSAGE_SCHEMAS_H_
#define HOOKD_OPENAPI_MESSAGE_SCHEMAS_H_

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>

#include "openapi/json_maker.h"

namespace hookd {

enum class Direction { kOutput, kInput, kUpdate };

class MessageSchemas {
 public:
  // Adds the schemas of messages and enums to `components`, of an OpenAPI document. Both outlive this.
  MessageSchemas(JsonMaker& json, Definitions& components) : json_(json), components_(components) {}

  // A reference to the schema of the message, which is added with all that it refers to.
  Json Reference(const google::protobuf::Descriptor& message, Direction direction);

  // The schema of the message without some of its fields, which are given by their proto names.
  Json Object(const google::protobuf::Descriptor& message, Direction direction, const std::string& title,
              const std::set<std::string>& left_out);

  // The schema of a field, with its description.
  Json Field(const google::protobuf::FieldDescriptor& field, Direction direction);

 private:
  Json Reference(const google::protobuf::EnumDescriptor& values);
  Json SingleValue(const google::protobuf::FieldDescriptor& field, Direction direction);
  Json MessageValue(const google::protobuf::Descriptor& message, Direction direction);
  Json IntegerValue(const google::protobuf::FieldDescriptor& field, Direction direction);
  Json StringValue(const google::protobuf::FieldDescriptor& field, Direction direction);
  void AddChoices(const google::protobuf::Descriptor& message, Json& schema);

  JsonMaker& json_;
  Definitions& components_;
};

// The name of a component for a message or an enum: its name in its package, without dots.
std::string ComponentName(const std::string& full_name);

// The limits of a number, from its description; `zero_is_unset` if 0 counts as not set.
void AddRange(const std::string& description, bool zero_is_unset, JsonMaker& json, Json& schema);

}  // namespace hookd

#endif  // HOOKD_OPENAPI_MESSAGE_SCHEMAS_H_
