/// Figures: what rooms count and measure, and how it is told to who asks at `/metrics`.
///
/// Belongs here: the words in which a room tells its figures ([Figure], [Figures], [FigureSource]), the histogram that
/// is cheap enough for every request, the stop watch of a request's stages, and the page. Belongs elsewhere: the
/// figures themselves, which each room declares beside what it counts; logs.
///
/// A room is asked; it pushes nothing. So counting costs an addition, and whoever is never asked pays for nothing else.
/// What it told becomes meters of Micrometer ([FigureMeters]), one set for each registry: the page is the scrape of the
/// one for Prometheus. Nobody else knows these libraries.
@NullMarked
package hayloft.common.metrics;

import org.jspecify.annotations.NullMarked;
