// SPDX-License-Identifier: Apache-2.0
#include "config/replaced.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/faults.h"
#include "config/reader.h"
#include "config/scalars.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

const Key* key_of(const Shape& shape, std::string_view name) {
  const auto found = std::find_if(shape.keys.begin(), shape.keys.end(),
                                  [&](const Key& one) { return one.name == name; });
  return found == shape.keys.end() ? nullptr : &*found;
}

const Form* form_of(const Forms& forms, Form::Kind kind) {
  const auto found =
      std::find_if(forms.begin(), forms.end(), [&](const Form& one) { return one.kind == kind; });
  return found == forms.end() ? nullptr : &*found;
}

// The forms of what stands at a path; null if the table knows none.
const Forms* forms_below(const Forms& forms, const std::string& step) {
  if (step.empty()) {
    const Form* const list = form_of(forms, Form::Kind::kList);
    return list == nullptr ? nullptr : &list->entry;
  }
  for (const Form& form : forms) {
    if (form.kind == Form::Kind::kNames) return &form.entry;
    if (form.kind != Form::Kind::kMap) continue;
    if (const Key* key = key_of(form.shape(), step)) return &key->forms;
  }
  return nullptr;
}

bool in_range(const Form& form, std::int64_t value) {
  return value >= form.min && value <= form.max;
}

bool accepts(const Form& form, const YamlNode& node) {
  switch (form.kind) {
    case Form::Kind::kBoolean:
      return !node.quoted && (node.text == "true" || node.text == "false");
    case Form::Kind::kInteger: {
      const auto number = parse_integer(node.text);
      return number && !node.quoted && in_range(form, *number);
    }
    case Form::Kind::kDuration: {
      const auto time = parse_duration(node.text);
      return time && in_range(form, time->count());
    }
    case Form::Kind::kText:
      return form.text.valid == nullptr || form.text.valid(node.text);
    case Form::Kind::kWord:
      return std::find(form.words.begin(), form.words.end(), node.text) != form.words.end();
    case Form::Kind::kAny:
      return true;
    case Form::Kind::kList:
    case Form::Kind::kNames:
    case Form::Kind::kMap:
    case Form::Kind::kNothing:
      return false;
  }
  return false;
}

std::string what_of(const Form& form) {
  switch (form.kind) {
    case Form::Kind::kBoolean:
      return "true or false";
    case Form::Kind::kInteger:
      return form.min == form.max ? std::to_string(form.min)
                                  : "a whole number from " + std::to_string(form.min) + " to " +
                                        std::to_string(form.max);
    case Form::Kind::kDuration:
      return "a time from " + duration_text(Duration{form.min}) + " to " +
             duration_text(Duration{form.max});
    case Form::Kind::kText:
      return std::string(form.text.what);
    case Form::Kind::kWord: {
      std::string words;
      for (const std::string_view word : form.words) {
        words.append(words.empty() ? "" : " or ").append(word);
      }
      return words;
    }
    case Form::Kind::kList:
      return "a list";
    case Form::Kind::kNames:
      return "a map";
    case Form::Kind::kMap:
      return std::string(form.shape().what);
    case Form::Kind::kAny:
    case Form::Kind::kNothing:
      break;
  }
  return "a value";
}

class Judge {
 public:
  explicit Judge(Faults& faults) : faults_(faults) {}

  void judge(const std::string& key, const YamlNode& node, const Forms& forms) {
    if (form_of(forms, Form::Kind::kAny) != nullptr) return;
    if (node.kind == Kind::kMap && judge_map(node, forms)) return;
    if (const Form* list = form_of(forms, Form::Kind::kList);
        list != nullptr && node.kind == Kind::kSequence) {
      judge_list(key, node, *list);
      return;
    }
    const bool good = std::any_of(forms.begin(), forms.end(), [&](const Form& one) {
      if (node.kind == Kind::kNull) return one.kind == Form::Kind::kNothing;
      return node.kind == Kind::kScalar && accepts(one, node);
    });
    if (good) return;
    std::string what;
    bool secret = false;
    for (const Form& one : forms) {
      what.append(what.empty() ? "" : ", or ").append(what_of(one));
      secret = secret || one.text.secret;
    }
    if (secret) {
      faults_.add(node,
                  key + ": found " + std::to_string(node.text.size()) + " bytes, expected " + what);
      return;
    }
    expected(faults_, key, node, what);
  }

 private:
  // Whether one of the forms is a map at all. Of several shapes that which has its keys counts.
  bool judge_map(const YamlNode& node, const Forms& forms) {
    const Form* best = nullptr;
    std::size_t most = 0;
    for (const Form& form : forms) {
      if (form.kind == Form::Kind::kNames) {
        best = &form;
        break;
      }
      if (form.kind != Form::Kind::kMap) continue;
      std::size_t known = 1;
      for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
        if (key_of(form.shape(), node.children[i].text) != nullptr) ++known;
      }
      if (known <= most) continue;
      best = &form;
      most = known;
    }
    if (best == nullptr) return false;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const YamlNode& name = node.children[i];
      if (best->kind == Form::Kind::kNames) {
        judge(name.text, node.children[i + 1], best->entry);
      } else if (const Key* key = key_of(best->shape(), name.text)) {
        judge(name.text, node.children[i + 1], key->forms);
      } else {
        const Shape& shape = best->shape();
        refuse_unknown_key(faults_, name, shape.what, shape.keys);
      }
    }
    return true;
  }

  void judge_list(const std::string& key, const YamlNode& node, const Form& list) {
    if (!in_range(list, static_cast<std::int64_t>(node.children.size()))) {
      faults_.add(node, key + ": found " + std::to_string(node.children.size()) +
                            " entries, expected " + std::to_string(list.min) + " to " +
                            std::to_string(list.max));
    }
    for (const YamlNode& entry : node.children) judge(key, entry, list.entry);
  }

  Faults& faults_;
};

}  // namespace

std::vector<Diagnostic> faults_of_replaced(const std::vector<Replaced>& all,
                                           const Shape& (*shape)(), const std::string& file) {
  Faults faults(file);
  const Forms document = form::map(shape);
  for (const Replaced& one : all) {
    const Forms* forms = &document;
    std::string key;
    for (const std::string& step : one.path) {
      if (!step.empty()) key = step;
      if (forms != nullptr) forms = forms_below(*forms, step);
    }
    if (forms != nullptr) Judge(faults).judge(key, one.node, *forms);
  }
  std::vector<Diagnostic> found = faults.take();
  for (Diagnostic& warning : found) {
    warning.warning = "replaced-value";
    warning.message += "; this node replaces it, others may not";
  }
  return found;
}

}  // namespace holdfast
