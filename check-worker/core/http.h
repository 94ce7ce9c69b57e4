// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "check-worker/core/conversation.h"
#include "check-worker/core/http_response.h"
#include "check-worker/core/inquiry.h"
#include "config/config.h"

namespace holdfast::check {

// The requests of a check, one after the other, each on a connection of its own. Redirects are
// answers like others. Of a body no more is read than what is expected of it takes. HTTP/2 is
// spoken if it was agreed upon.
class HttpConversation final : public Conversation {
 public:
  // `check` must outlive it.
  HttpConversation(const HttpCheck& check, const Tools& tools);

  void negotiated(std::string_view protocol) override { http2_ = protocol == "h2"; }
  Step begin() override;
  Step received(std::string_view bytes) override;
  Step closed() override;
  Conclusion silence() const override;

 private:
  const HttpRequest& request() const { return check_.requests[next_]; }
  bool wants_body() const;
  Step look();
  Step good();
  Step bad(std::string_view why) const;
  std::string fault_of_status() const;
  std::string fault_of_body() const;
  std::string lacks(const std::string& verb, const std::string& what) const;

  const HttpCheck& check_;
  Tools tools_;
  std::size_t next_ = 0;  // of the requests
  bool http2_ = false;
  std::unique_ptr<HttpAnswer> answer_;  // of the request in hand
};

// What is sent; for tests.
std::string http_request(const HttpCheck& check, const HttpRequest& request);
Http2Fields http2_request(const HttpCheck& check, const HttpRequest& request);

}  // namespace holdfast::check
