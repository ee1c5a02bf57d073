/**
 * A backend to try the appliance with: no part of serving traffic. Start reading at {@code
 * DemoBackend}.
 */
@NullMarked
package io.terminator.admin.demo;

import org.jspecify.annotations.NullMarked;
