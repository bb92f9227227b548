#pragma once

namespace rung::player {

/// The manifest of three segments in one representation: low/init.mp4, low/1.m4s and on.
inline constexpr const char* small_mpd = R"(<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT12S">
  <Period><AdaptationSet contentType="video" mimeType="video/mp4">
    <SegmentTemplate media="$RepresentationID$/$Number$.m4s"
                     initialization="$RepresentationID$/init.mp4" duration="4" timescale="1"/>
    <Representation id="low" bandwidth="300000" width="320" height="180" codecs="avc1.64000d"/>
  </AdaptationSet></Period>
</MPD>)";

}  // namespace rung::player
