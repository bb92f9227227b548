#include "player/segment_store.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace rung::player {
namespace {

ByteCount byte_count(std::size_t size) { return ByteCount(static_cast<std::int64_t>(size)); }

}  // namespace

void SegmentStore::begin(TransferId transfer, media::TrackKind track, SegmentNumber segment,
                         RepresentationIndex representation) {
  {
    const std::lock_guard lock(mutex_);
    RUNG_CHECK(!closed_);
    TrackSlots& target = slots(track);
    const auto there = target.segments.find(segment);
    const bool whole = there != target.segments.end() && there->second.complete;
    Segments& into = whole ? target.better : target.segments;
    if (const auto old = into.find(segment); old != into.end()) erase(into, old);
    Slot slot;
    slot.transfer = transfer;
    slot.representation = representation;
    into.emplace(segment, std::move(slot));
  }
  changed_.notify_all();
}

void SegmentStore::put_init(media::TrackKind track, std::size_t part,
                            RepresentationIndex representation, std::vector<std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  auto& kept = inits_[InitKey{track, part, representation}];
  if (kept) held_ -= byte_count(kept->size());
  held_ += byte_count(bytes.size());
  peak_ = std::max(peak_, held_);
  kept = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

void SegmentStore::set_key(TransferId transfer, const decode::SampleKey& key) {
  const std::lock_guard lock(mutex_);
  if (Slot* slot = running(transfer)) slot->key = key;
}

void SegmentStore::append(TransferId transfer, std::span<const std::byte> bytes) {
  {
    const std::lock_guard lock(mutex_);
    Slot* slot = running(transfer);
    if (slot == nullptr || bytes.empty()) return;
    slot->size += bytes.size();
    held_ += byte_count(bytes.size());
    peak_ = std::max(peak_, held_);
    while (!bytes.empty()) {
      if (slot->chunks.empty() || slot->chunks.back().size() == chunk_size) {
        slot->chunks.emplace_back();
        slot->chunks.back().reserve(chunk_size);
      }
      std::vector<std::byte>& chunk = slot->chunks.back();
      const std::span<const std::byte> fitting =
          bytes.first(std::min(bytes.size(), chunk_size - chunk.size()));
      chunk.insert(chunk.end(), fitting.begin(), fitting.end());
      bytes = bytes.subspan(fitting.size());
    }
  }
  changed_.notify_all();
}

bool SegmentStore::complete(TransferId transfer) {
  {
    const std::lock_guard lock(mutex_);
    Slot* slot = running(transfer);
    if (slot == nullptr) return true;
    slot->complete = true;
    if (!slot->chunks.empty()) slot->chunks.back().shrink_to_fit();
    for (TrackSlots& track : tracks_) {
      const auto better = find(track.better, transfer);
      if (better == track.better.end()) continue;
      const auto old = track.segments.find(better->first);
      const bool in_time = better->first > track.begun && old != track.segments.end();
      if (in_time) std::swap(old->second, better->second);
      erase(track.better, better);
      return in_time;
    }
  }
  changed_.notify_all();
  return true;
}

void SegmentStore::discard(TransferId transfer) {
  {
    const std::lock_guard lock(mutex_);
    for (TrackSlots& track : tracks_)
      for (Segments* segments : {&track.segments, &track.better}) {
        const auto slot = find(*segments, transfer);
        if (slot != segments->end() && !slot->second.complete) erase(*segments, slot);
      }
  }
  changed_.notify_all();
}

void SegmentStore::seek(media::TrackKind track, SegmentNumber segment, bool keep_media) {
  {
    const std::lock_guard lock(mutex_);
    TrackSlots& target = slots(track);
    if (!keep_media) {
      erase_all(target.segments);
      erase_all(target.better);
    }
    target.begun = segment - 1;
    target.passed = std::min(target.passed, segment);
    target.seek_target = segment;
    ++target.seeks;
  }
  changed_.notify_all();
}

void SegmentStore::forget(media::TrackKind track) {
  {
    const std::lock_guard lock(mutex_);
    TrackSlots& target = slots(track);
    erase_all(target.segments);
    erase_all(target.better);
    for (auto init = inits_.begin(); init != inits_.end();) {
      if (std::get<media::TrackKind>(init->first) == track) {
        held_ -= byte_count(init->second->size());
        init = inits_.erase(init);
      } else {
        ++init;
      }
    }
  }
  changed_.notify_all();
}

void SegmentStore::keep_behind(media::TrackKind track, SegmentNumber from, SegmentNumber playing,
                               ByteCount limit) {
  const std::lock_guard lock(mutex_);
  TrackSlots& target = slots(track);
  ByteCount behind;
  auto slot = target.segments.lower_bound(playing);
  while (slot != target.segments.begin()) {
    --slot;
    behind += byte_count(slot->second.size);
    if (slot->first < from || behind > limit) break;
    playing = slot->first;
  }
  target.keep_from = playing;
  free_passed(target);
}

std::optional<SegmentNumber> SegmentStore::first_held(media::TrackKind track) const {
  const std::lock_guard lock(mutex_);
  const auto& segments = tracks_[static_cast<std::size_t>(track)].segments;
  return segments.empty() ? std::nullopt : std::optional(segments.begin()->first);
}

void SegmentStore::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

ByteCount SegmentStore::held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

ByteCount SegmentStore::peak() const {
  const std::lock_guard lock(mutex_);
  return peak_;
}

SegmentStore::Read SegmentStore::read(media::TrackKind track, SegmentNumber segment,
                                      TransferId transfer, std::size_t offset,
                                      const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  Read result;
  const auto there = [&] {
    result = look(track, segment, transfer, offset);
    return result.status != ReadStatus::bytes || !result.bytes.empty();
  };
  if (stop.stop_requested() || !changed_.wait(lock, stop, there)) {
    result = Read{};
    result.status = ReadStatus::stopped;
    result.segment = segment;
  }
  return result;
}

std::shared_ptr<const std::vector<std::byte>> SegmentStore::init(
    media::TrackKind track, std::size_t part, RepresentationIndex representation) const {
  const std::lock_guard lock(mutex_);
  const auto found = inits_.find(InitKey{track, part, representation});
  return found == inits_.end() ? nullptr : found->second;
}

void SegmentStore::release_before(media::TrackKind track, SegmentNumber segment) {
  const std::lock_guard lock(mutex_);
  TrackSlots& target = slots(track);
  if (target.seeks != target.seeks_told) return;
  target.passed = segment;
  free_passed(target);
}

void SegmentStore::free_passed(TrackSlots& track) {
  const SegmentNumber until = std::min(track.passed, track.keep_from.value_or(track.passed));
  while (!track.segments.empty() && track.segments.begin()->first < until)
    erase(track.segments, track.segments.begin());
}

SegmentStore::Slot* SegmentStore::running(TransferId transfer) {
  for (TrackSlots& track : tracks_)
    for (Segments* segments : {&track.better, &track.segments}) {
      // The newest segments are the running ones.
      for (auto entry = segments->rbegin(); entry != segments->rend(); ++entry) {
        Slot& slot = entry->second;
        if (slot.transfer == transfer && !slot.complete) return &slot;
      }
    }
  return nullptr;
}

SegmentStore::Read SegmentStore::look(media::TrackKind track, SegmentNumber segment,
                                      TransferId transfer, std::size_t offset) {
  TrackSlots& source = slots(track);
  Read result;
  result.transfer = transfer;
  result.segment = segment;
  if (source.seeks != source.seeks_told) {
    source.seeks_told = source.seeks;
    result.status = ReadStatus::sought;
    result.segment = source.seek_target;
    return result;
  }
  const auto found = source.segments.find(segment);
  const bool same = found != source.segments.end() && found->second.transfer == transfer;
  if (offset > 0 && !same) {
    result.status = ReadStatus::discarded;
    return result;
  }
  result.status = closed_ ? ReadStatus::closed : ReadStatus::bytes;
  if (found == source.segments.end()) return result;

  source.begun = segment;
  const Slot& slot = found->second;
  RUNG_CHECK(offset <= slot.size);
  result.transfer = slot.transfer;
  result.representation = slot.representation;
  result.key = slot.key;
  result.whole = slot.complete;
  if (offset < slot.size) {
    const std::vector<std::byte>& chunk = slot.chunks[offset / chunk_size];
    const auto first = chunk.begin() + static_cast<std::ptrdiff_t>(offset % chunk_size);
    result.bytes.assign(first, chunk.end());
    result.status = ReadStatus::bytes;
  } else if (slot.complete) {
    result.status = ReadStatus::complete;
  }
  return result;
}

SegmentStore::Segments::iterator SegmentStore::find(Segments& segments, TransferId transfer) {
  return std::find_if(segments.begin(), segments.end(),
                      [&](const auto& entry) { return entry.second.transfer == transfer; });
}

void SegmentStore::erase(Segments& from, Segments::iterator slot) {
  held_ -= byte_count(slot->second.size);
  from.erase(slot);
}

void SegmentStore::erase_all(Segments& from) {
  while (!from.empty()) erase(from, from.begin());
}

}  // namespace rung::player
