#pragma once

#include "support/catalogue_builder.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

namespace pitr::test {

inline Plan planned(CatalogueBuilder& history, const PlanRequest& request) {
  auto answer = history.plan(request);
  if (const auto* refusal = std::get_if<Refusal>(&answer)) FAIL("refused: " << refusal->message);
  return std::get<Plan>(std::move(answer));
}

inline Refusal refused(CatalogueBuilder& history, const PlanRequest& request) {
  auto answer = history.plan(request);
  if (const auto* plan = std::get_if<Plan>(&answer)) FAIL("planned to stop at " << plan->stop.value);
  return std::get<Refusal>(std::move(answer));
}

inline PlanRequest to_lsn(std::uint64_t lsn) {
  PlanRequest request;
  request.target = ToLsn{Lsn{lsn}};
  return request;
}

inline PlanRequest to_time(double second) {
  PlanRequest request;
  request.target = ToTime{at_second(second)};
  return request;
}

inline PlanRequest to_xid(std::uint64_t xid) {
  PlanRequest request;
  request.target = ToXid{Xid{xid}};
  return request;
}

inline PlanRequest to_name(const std::string& name, std::optional<std::uint64_t> lsn = std::nullopt) {
  PlanRequest request;
  request.target = ToRestorePoint{name, lsn ? std::optional(Lsn{*lsn}) : std::nullopt};
  return request;
}

inline PlanRequest exclusive(PlanRequest request) {
  request.exclusive = true;
  return request;
}

inline PlanRequest on_timeline(std::uint32_t timeline, PlanRequest request) {
  request.timeline = TimelineId{timeline};
  return request;
}

inline PlanRequest from_snapshot(const std::string& id, PlanRequest request) {
  request.snapshot = id;
  return request;
}

// The numbers of a plan's segments, in order.
inline std::vector<std::uint64_t> numbers(const Plan& plan) {
  std::vector<std::uint64_t> found;
  for (const PlannedSegment& segment : plan.segments) found.push_back(segment.entry.number.value);
  return found;
}

using Numbers = std::vector<std::uint64_t>;

inline std::uint64_t lsn_of(const std::optional<Point>& point) { return point ? point->lsn.value : 0; }
inline std::uint64_t lsn_of(const std::optional<TimelinePoint>& point) {
  return point ? point->point.lsn.value : 0;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// One timeline:  start@100 S100 mark | 3: 110 120 130 | 4: 140 150 | S150 mark | 6: 160 170
inline CatalogueBuilder plain_history() {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).mark(1).log(1, {110, 120, 130}).log(1, {140, 150});
  history.snapshot(1).mark(1).log(1, {160, 170});
  return history;
}

}  // namespace pitr::test
