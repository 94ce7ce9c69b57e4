// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "alert-worker/core/mail.h"

namespace holdfast::alert {

// The body of a webhook, in JSON: a pure function. What is no UTF-8 in the alerts is replaced.
//
// json: ours, docs/alerts.md. slack: an incoming webhook of Slack, and of what speaks like it.
// teams: a card for an incoming webhook of Microsoft Teams. alertmanager: its /api/v2/alerts.
// pagerduty: an event of its Events API v2, of the first alert; `routing_key` is only there.
std::string payload_of(const Batch& batch, WebhookFormat format, const std::string& routing_key);

}  // namespace holdfast::alert
