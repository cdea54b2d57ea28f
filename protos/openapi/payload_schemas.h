// JSON Schemas of the payloads: an event as the documented JSON, as receivers get it and callers may send it.
// They follow from the event's messages and the few rules by which the documented JSON differs from
// protobuf's: see payload_schemas.cc.
//
// Not thread-safe.
#ifndef HOOKD_OPENAPI_PAYLOAD_SCHEMAS_H_
#define HOOKD_OPENAPI_PAYLOAD_SCHEMAS_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <utility>
#include <vector>

#include "openapi/json_maker.h"

namespace hookd {

// The fields of hookd.v1.Event that are event types, in order. `files` are those of package hookd.v1.
std::vector<const google::protobuf::FieldDescriptor*> EventTypes(
    const std::vector<const google::protobuf::FileDescriptor*>& files);

class PayloadSchemas {
 public:
  struct Options {
    // Where a reference finds a definition, such as `#/$defs/`.
    std::string reference_prefix;
    // The end of the names of definitions, such as `Payload`.
    std::string suffix;
    // Whether unknown members are valid. They are for receivers, because a later version can add some.
    bool open = true;
  };

  // Adds the schemas of parts of payloads to `definitions`. The maker and the definitions outlive this.
  PayloadSchemas(JsonMaker& json, Definitions& definitions, Options options)
      : json_(json), definitions_(definitions), options_(std::move(options)) {}

  // The schema of the payload of a type, one of EventTypes.
  Json Payload(const google::protobuf::FieldDescriptor& type);

 private:
  Json Object(const google::protobuf::Descriptor& message);
  void AddMembers(const google::protobuf::Descriptor& message, Json& properties);
  Json Value(const google::protobuf::FieldDescriptor& field);
  Json IdValue(const google::protobuf::Descriptor& message);
  Json EnumValue(const google::protobuf::EnumDescriptor& values);
  Json Reference(const google::protobuf::Descriptor& message);

  JsonMaker& json_;
  Definitions& definitions_;
  const Options options_;
};

// The documented payload of a type, made from its sample as protobuf JSON, with the documented order of its
// keys. Null if there is no sample, or if it is not valid.
Json DocumentedSample(const google::protobuf::FieldDescriptor& type, JsonMaker& json);

}  // namespace hookd

#endif  // HOOKD_OPENAPI_PAYLOAD_SCHEMAS_H_
