// Serves unary calls over HTTP: one request, one response in JSON. Thread-safe; does not block.
#ifndef HOOKD_WEB_WEB_UNARY_CALL_H_
#define HOOKD_WEB_WEB_UNARY_CALL_H_

#include "web/web_call.h"

namespace hookd {

// Serves one call. The services must outlive it.
void StartWebUnaryCall(const WebServices& services, WebCall call);

}  // namespace hookd

#endif  // HOOKD_WEB_WEB_UNARY_CALL_H_
