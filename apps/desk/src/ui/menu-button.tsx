import { type ComponentType, lazy, type ReactElement, Suspense, useState } from 'react';

export interface TriggerProps {
  readonly onClick?: () => void;
  readonly onPointerEnter?: () => void;
  readonly onFocus?: () => void;
}

/** What a lazily loaded menu is given: the button that opens and closes it. It begins open. */
export interface OpenMenuProps {
  readonly trigger: ReactElement;
}

/**
 * A button with a menu whose code is loaded when it is about to be opened: what places a menu on the screen weighs as
 * much as the rest of the page. Until then there is the button alone.
 */
export const lazyMenu = <P extends object>(
  load: () => Promise<{ default: ComponentType<P & OpenMenuProps> }>,
) => {
  const Menu = lazy(load);
  const MenuButton = ({
    button,
    ...props
  }: P & { readonly button: (props: TriggerProps) => ReactElement }): ReactElement => {
    const [wasOpened, setOpened] = useState(false);
    const soon = (): void => void load();
    const alone = button({ onClick: () => setOpened(true), onPointerEnter: soon, onFocus: soon });
    if (!wasOpened) return alone;
    const menuProps = { ...props, trigger: button({}) } as unknown as P & OpenMenuProps;
    return (
      <Suspense fallback={alone}>
        <Menu {...menuProps} />
      </Suspense>
    );
  };
  return MenuButton;
};
