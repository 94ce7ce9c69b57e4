// SPDX-License-Identifier: Apache-2.0
#include "config/shape.h"

#include <algorithm>
#include <utility>

namespace holdfast {
namespace {

using Kind = Form::Kind;

constexpr std::size_t kPathMax = 4095;

Form of_kind(Kind kind) {
  Form form;
  form.kind = kind;
  return form;
}

Form ranged(Kind kind, std::int64_t min, std::int64_t max) {
  Form form = of_kind(kind);
  form.min = min;
  form.max = max;
  return form;
}

}  // namespace

Keys operator+(Keys keys, const Keys& more) {
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

Forms operator|(Forms forms, const Forms& more) {
  forms.insert(forms.end(), more.begin(), more.end());
  return forms;
}

namespace form {

Forms boolean() {
  return {of_kind(Kind::kBoolean)};
}

Forms whole(std::int64_t min, std::int64_t max) {
  return {ranged(Kind::kInteger, min, max)};
}

Forms time(Duration min, Duration max) {
  return {ranged(Kind::kDuration, min.count(), max.count())};
}

Forms text(const TextForm& text) {
  Form form = of_kind(Kind::kText);
  form.text = text;
  return {form};
}

Forms words(std::initializer_list<std::string_view> words) {
  Form form = of_kind(Kind::kWord);
  form.words = words;
  return {form};
}

Forms list(Forms entry, std::size_t min, std::size_t max) {
  Form form = ranged(Kind::kList, static_cast<std::int64_t>(min), static_cast<std::int64_t>(max));
  form.entry = std::move(entry);
  return {form};
}

Forms any() {
  return {of_kind(Kind::kAny)};
}

Forms nothing() {
  return {of_kind(Kind::kNothing)};
}

Forms names(Forms entry) {
  Form form = of_kind(Kind::kNames);
  form.entry = std::move(entry);
  return {form};
}

Forms map(const Shape& (*shape)(), std::vector<std::string_view> needed) {
  Form form = of_kind(Kind::kMap);
  form.shape = shape;
  form.needed = std::move(needed);
  return {form};
}

}  // namespace form

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

bool is_interface(std::string_view text) {
  return !text.empty() && text.size() <= 15 && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; });
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && text.size() <= kPathMax && text.back() != '/' &&
         text.find('\0') == std::string_view::npos;
}

bool is_secret_place(std::string_view text) {
  return text.starts_with(kCredential) ? is_name(text.substr(kCredential.size())) : is_path(text);
}

}  // namespace holdfast
