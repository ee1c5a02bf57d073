/**
 * A backend for trying out the appliance; not used for production traffic. Start reading at {@code
 * DemoBackend}.
 */
@NullMarked
package io.terminator.admin.demo;

import org.jspecify.annotations.NullMarked;
