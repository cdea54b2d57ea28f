#include "web/error_response.h"

#include "api/status.h"
#include "base/status.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(ErrorResponseTest, IsAStatusWithItsDetails) {
  const absl::Status error = WithDetails(FieldError("webhook.url", "is \"wrong\""));
  const WebResponse response = ErrorResponse(ToHttpError(error, false));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(FindHeader(response.headers, "Content-Type"), "application/json");
  google::rpc::Status read;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(response.body, &read).ok()) << response.body;
  EXPECT_EQ(read.code(), 3);
  google::rpc::BadRequest bad_request;
  ASSERT_EQ(read.details_size(), 1);
  ASSERT_TRUE(read.details(0).UnpackTo(&bad_request));
  EXPECT_EQ(bad_request.field_violations(0).field(), "webhook.url");
  EXPECT_EQ(bad_request.field_violations(0).description(), "is \"wrong\"");
}

TEST(ErrorResponseTest, KeepsTheHeadersOfTheError) {
  const WebResponse late =
      ErrorResponse(ToHttpError(WithDetails(absl::ResourceExhaustedError("full")), false));
  EXPECT_EQ(late.status, 429);
  EXPECT_EQ(FindHeader(late.headers, "Retry-After"), "1");
  const WebResponse unknown = ErrorResponse(
      {.http_status = 405, .error = absl::UnimplementedError("no"), .headers = {{"Allow", "GET"}}});
  EXPECT_EQ(unknown.status, 405);
  EXPECT_EQ(FindHeader(unknown.headers, "Allow"), "GET");
  EXPECT_EQ(unknown.body, R"({"code":12,"message":"no"})");
}

TEST(ErrorResponseTest, HidesPayloadsThatAreNoDetails) {
  absl::Status error = absl::InternalError("broken");
  error.SetPayload("hookd/secret", absl::Cord("secret"));
  EXPECT_EQ(ErrorJson(error), R"({"code":13,"message":"broken"})");
}

TEST(ErrorResponseTest, PathsOfDocumentsAreThoseOfTheBody) {
  EXPECT_EQ(PathInDocuments("document.user.id"), "user.id");
  EXPECT_EQ(PathInDocuments("document.campaign[\"a document.b\"]"), "campaign[\"a document.b\"]");
  EXPECT_EQ(PathInDocuments("document[\"odd key\"]"), "[\"odd key\"]");
  EXPECT_EQ(PathInDocuments("document"), "body");
  EXPECT_EQ(PathInDocuments("requests[3].document.user.id"), "[3].user.id");
  EXPECT_EQ(PathInDocuments("requests[3].document"), "[3]");
  EXPECT_EQ(PathInDocuments("requests"), "body");
  EXPECT_EQ(PathInDocuments("request_id"), "request_id");
  EXPECT_EQ(PathInDocuments("parent"), "parent");
}

TEST(ErrorResponseTest, PathsOutsideOfDocumentsStay) {
  EXPECT_EQ(PathInDocuments("documents"), "documents");
  EXPECT_EQ(PathInDocuments("my_document"), "my_document");
  EXPECT_EQ(PathInDocuments("requests[3].request_id"), "requests[3].request_id");
  EXPECT_EQ(PathInDocuments("requestsdocument"), "requestsdocument");
  EXPECT_EQ(PathInDocuments("requests[3].documents"), "requests[3].documents");
  EXPECT_EQ(PathInDocuments("requests[3]"), "requests[3]");
  // A key is the caller's text.
  const std::string key = "requests[3].event.sent.user.properties[\"[1].document.x\"]";
  EXPECT_EQ(PathInDocuments(key), key);
}

}  // namespace
}  // namespace hookd
