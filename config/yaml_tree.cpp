// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_tree.h"

#include <yaml.h>

#include <algorithm>
#include <string>
#include <utility>

#include "config/leading_colons.h"
#include "config/text_check.h"
#include "config/yaml_builder.h"
#include "config/yaml_words.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::string_view view(const char* text) {
  return text == nullptr ? std::string_view() : text;
}

// libyaml's parser, and the event that it is at.
class Events {
 public:
  explicit Events(std::string_view text) : ready_(yaml_parser_initialize(&parser_) == 1) {
    if (!ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Events() {
    if (!ready_) return;
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // The next event; null, if there is a problem instead.
  const yaml_event_t* next() {
    if (!ready_) return nullptr;
    yaml_event_delete(&event_);
    return yaml_parser_parse(&parser_, &event_) == 1 ? &event_ : nullptr;
  }
  const yaml_parser_t& problem() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool ready_;
};

// Where each character of a text begins, in bytes; fast for one who goes on and on.
class Characters {
 public:
  explicit Characters(std::string_view text) : text_(text) {}

  std::size_t offset(std::size_t character) {
    if (character < character_) character_ = offset_ = 0;
    for (; character_ < character && offset_ < text_.size(); ++character_) {
      ++offset_;
      while (offset_ < text_.size() &&
             (static_cast<unsigned char>(text_[offset_]) & 0xc0U) == 0x80U)
        ++offset_;
    }
    return offset_;
  }

 private:
  std::string_view text_;
  std::size_t character_ = 0;
  std::size_t offset_ = 0;
};

// libyaml counts characters, and we count bytes.
class Places {
 public:
  explicit Places(std::string_view document)
      : size_(document.size()), ascii_(is_ascii(document)), places_(document), lines_(document) {}

  std::size_t offset(const yaml_mark_t& mark) {
    return ascii_ ? std::min(mark.index, size_) : places_.offset(mark.index);
  }
  YamlPlace place(const yaml_mark_t& mark) {
    const std::size_t column =
        ascii_ ? mark.column : offset(mark) - lines_.offset(mark.index - mark.column);
    return {static_cast<int>(mark.line) + 1, static_cast<int>(column) + 1};
  }
  YamlProblem::Spot spot(const yaml_mark_t& mark) { return {place(mark), offset(mark)}; }

 private:
  std::size_t size_;
  bool ascii_;
  Characters places_;
  Characters lines_;
};

// YAML 1.2 §10.3.2.
bool says_null(std::string_view plain) {
  return plain == "~" || plain == "null" || plain == "Null" || plain == "NULL";
}

class Reading {
 public:
  Reading(std::string_view document, Faults& faults)
      : document_(document),
        stood_in_(without_leading_colons(document)),
        events_(stood_in_.empty() ? document : stood_in_),
        places_(document),
        faults_(faults),
        builder_(faults) {}

  std::optional<YamlNode> tree() {
    while (!builder_.stopped()) {
      const yaml_event_t* const event = events_.next();
      if (event == nullptr) {
        problem();
      } else if (event->type == YAML_STREAM_END_EVENT) {
        return builder_.take_root();
      } else {
        take(*event);
      }
    }
    return {};
  }

 private:
  void take(const yaml_event_t& event) {
    const YamlPlace at = places_.place(event.start_mark);
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        if (++documents_ == 2) builder_.fatal(at, std::string(kSecondDocument));
        break;
      case YAML_ALIAS_EVENT:
        builder_.add_alias(at, view(event.data.alias.anchor));
        break;
      case YAML_SCALAR_EVENT:
        scalar(event, at);
        break;
      case YAML_SEQUENCE_START_EVENT:
        tag(event.data.sequence_start.tag, event, at);
        builder_.open(Kind::kSequence, at, view(event.data.sequence_start.anchor));
        break;
      case YAML_MAPPING_START_EVENT:
        tag(event.data.mapping_start.tag, event, at);
        builder_.open(Kind::kMap, at, view(event.data.mapping_start.anchor));
        break;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        builder_.close();
        break;
      default:
        break;
    }
  }

  // libyaml says nothing of a lone '!'.
  void tag(const yaml_char_t* name, const yaml_event_t& event, YamlPlace at) {
    const std::size_t offset = places_.offset(event.start_mark);
    const bool lone = offset < document_.size() && document_[offset] == '!';
    if (lone || name != nullptr) faults_.add(at.line, at.column, std::string(kTag));
  }

  void scalar(const yaml_event_t& event, YamlPlace at) {
    const auto& found = event.data.scalar;
    const bool quoted = found.style != YAML_PLAIN_SCALAR_STYLE;
    const std::string_view text(reinterpret_cast<const char*>(found.value), found.length);
    const std::string_view anchor = view(found.anchor);
    tag(found.tag, event, at);
    if (quoted && event.start_mark.line != event.end_mark.line) {
      if (auto open = open_quote(document_, places_.spot(event.start_mark))) {
        builder_.fatal(open->at, std::move(open->message));
        return;
      }
    }
    if (!quoted && text.empty()) {
      builder_.add_null(place_of_nothing(event), anchor);
    } else if (!quoted && says_null(text)) {
      builder_.add_null(at, anchor);
    } else if (stood_in_.empty()) {
      builder_.add_scalar(at, text, quoted, anchor);
    } else {
      builder_.add_scalar(at, with_colons(text), quoted, anchor);
    }
  }

  // A value that is missing is where its key is, or its dash.
  YamlPlace place_of_nothing(const yaml_event_t& event) {
    if (const YamlNode* const key = builder_.key()) return {key->line, key->column};
    YamlPlace at = places_.place(event.start_mark);
    const YamlNode* const inside = builder_.innermost();
    const std::size_t offset = places_.offset(event.start_mark);
    const bool behind_dash = inside != nullptr && inside->kind == Kind::kSequence && offset > 0 &&
                             document_[offset - 1] == '-';
    if (behind_dash) --at.column;
    return at;
  }

  void problem() {
    const yaml_parser_t& said = events_.problem();
    if (said.problem == nullptr) {
      builder_.fatal({}, "there is no memory to read the document");
      return;
    }
    const bool second =
        documents_ > 0 && view(said.problem) == "did not find expected <document start>";
    if (second) {
      builder_.fatal(places_.place(said.problem_mark), std::string(kSecondDocument));
      return;
    }
    YamlFault fault = fault_of({view(said.problem), view(said.context),
                                places_.spot(said.problem_mark), places_.spot(said.context_mark)},
                               document_, builder_.innermost());
    builder_.fatal(fault.at, std::move(fault.message));
  }

  std::string_view document_;
  std::string stood_in_;
  Events events_;
  Places places_;
  Faults& faults_;
  YamlBuilder builder_;
  int documents_ = 0;
};

}  // namespace

std::optional<YamlNode> parse_yaml(std::string_view document, Faults& faults) {
  if (document.starts_with("\xef\xbb\xbf")) document.remove_prefix(3);
  if (!check_text(document, faults)) return {};
  return Reading(document, faults).tree();
}

}  // namespace holdfast
