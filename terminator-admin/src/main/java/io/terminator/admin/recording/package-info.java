/**
 * Recordings in the format of the JDK's flight recorder. Nothing of {@code jdk.jfr} is loaded
 * before the first one. Start reading at {@code Recordings}.
 */
@NullMarked
package io.terminator.admin.recording;

import org.jspecify.annotations.NullMarked;
