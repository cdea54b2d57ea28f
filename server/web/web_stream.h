// Serves streams of responses over HTTP: as newline-delimited JSON or as server-sent events.
//
// A line of JSON is {"result": RESPONSE} or, as the last line of a stream that failed, {"error": STATUS}, as
// grpc-gateway writes them. A server-sent event has the response as its data (WHATWG HTML, section 9.2); one
// with a cursor or a time from which the stream can be resumed has it as its id, and a request with
// Last-Event-ID resumes from there. The last event of a stream that failed is named "error". Thread-safe;
// does not block.
#ifndef HOOKD_WEB_WEB_STREAM_H_
#define HOOKD_WEB_WEB_STREAM_H_

#include "web/web_call.h"

namespace hookd {

// Serves one call. The services must outlive it. A caller that accepts only application/json gets lines of
// JSON.
void StartWebStream(const WebServices& services, WebCall call);

}  // namespace hookd

#endif  // HOOKD_WEB_WEB_STREAM_H_
