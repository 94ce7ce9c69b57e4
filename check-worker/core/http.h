// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "check-worker/core/conversation.h"
#include "check-worker/core/http_response.h"
#include "check-worker/core/inquiry.h"
#include "config/config.h"

namespace holdfast::check {

// The requests of a check, one after the other, each on a connection of its own. Redirects are
// answers like others. Of a body no more is read than what is expected of it takes.
class HttpConversation final : public Conversation {
 public:
  // `check` must outlive it.
  HttpConversation(const HttpCheck& check, const Tools& tools);

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

  const HttpCheck& check_;
  Tools tools_;
  std::size_t next_ = 0;  // of the requests
  HttpResponse response_;
};

// What is sent; for tests.
std::string http_request(const HttpCheck& check, const HttpRequest& request);

}  // namespace holdfast::check
