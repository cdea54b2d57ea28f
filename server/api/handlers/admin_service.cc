#include "api/handlers/admin_service.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/page_token.h"
#include "api/validation/field_violations.h"

namespace hookd {
namespace {

constexpr char kListNodesQuery[] = "ListNodes";

void NodeToProto(const Cluster::Node& node, v1::Node& proto) {
  proto.set_name(absl::StrCat("nodes/", node.id));
  proto.set_address(node.address);
  proto.set_version(node.version);
  ToProto(node.start_time, *proto.mutable_start_time());
  ToProto(node.heartbeat_time, *proto.mutable_heartbeat_time());
  proto.set_shard_count(node.shards);
  proto.set_waiting_delivery_count(node.figures.waiting);
  ToProto(node.figures.oldest_waiting, *proto.mutable_oldest_waiting());
  proto.set_attempts_in_flight(node.figures.in_flight);
}

}  // namespace

absl::StatusOr<std::shared_ptr<ResponseStream>> AdminService::Backup(const CallContext&,
                                                                     const v1::BackupRequest&,
                                                                     ResponseSink* sink) {
  return backups_.Open(sink);
}

void AdminService::ListNodes(const CallContext&, const v1::ListNodesRequest& request,
                             Reply<v1::ListNodesResponse> reply) {
  FieldViolations violations;
  const auto size = static_cast<size_t>(ReadPageSize(request.page_size(), violations));
  const auto after_id = ReadToken(kListNodesQuery, request.page_token(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  list_nodes_([reply, size, after_id](absl::StatusOr<std::vector<Cluster::Node>> nodes) {
    if (!nodes.ok()) return reply.Fail(nodes.status());
    v1::ListNodesResponse response;
    std::erase_if(*nodes, [&](const Cluster::Node& node) { return node.id <= after_id.value_or(""); });
    std::sort(nodes->begin(), nodes->end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    const bool more = nodes->size() > size;
    if (more) nodes->resize(size);
    for (const Cluster::Node& node : *nodes) NodeToProto(node, *response.add_nodes());
    if (more) response.set_next_page_token(MakePageToken(kListNodesQuery, nodes->back().id));
    reply.Send(response);
  });
}

void AdminService::GetServer(const CallContext&, const v1::GetServerRequest&, Reply<v1::Server> reply) {
  const auto server = read_server_();
  if (!server.ok()) return reply.Fail(server.status());
  reply.Send(*server);
}

}  // namespace hookd
