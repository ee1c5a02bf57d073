/**
 * Exports core's tallies as Prometheus metrics, read at each scrape. The only package that knows Micrometer. Start
 * reading at {@code Metrics}.
 */
@NullMarked
package io.terminator.admin.metrics;

import org.jspecify.annotations.NullMarked;
